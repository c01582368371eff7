// DeleteGroup: deletes a group. Its members remain users of the pool.
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDeleteGroup(Call& call, const api::DeleteGroupInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_TRY(domain::RemoveGroup(call.services, pool->id, input.group_name()));
  return json::object();
}

}  // namespace

const Operation<api::DeleteGroupInput> kDeleteGroup = MakeOperation<RunDeleteGroup>();

}  // namespace sallyport::operations
