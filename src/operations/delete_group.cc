// DeleteGroup: its members stay, and are members of it no longer.
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/group_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDeleteGroup(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_TRY(
      domain::RemoveGroup(call.services, pool->id, domain::StringMember(input, "GroupName")));
  return json::object();
}

}  // namespace

const Operation kDeleteGroup{RunDeleteGroup};

}  // namespace sallyport::operations
