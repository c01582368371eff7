// GetGroup: shows an administrator one group of a pool.
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetGroup(Call& call, const api::GetGroupInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::Group group,
                   domain::RequireGroup(call.services.store, pool->id, input.group_name()));
  return json::object{{"Group", GroupType(group)}};
}

}  // namespace

const Operation<api::GetGroupInput> kGetGroup = MakeOperation<RunGetGroup>();

}  // namespace sallyport::operations
