#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/group_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetGroup(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(const domain::Group group,
                   domain::RequireGroup(call.services.store, pool->id,
                                        domain::StringMember(input, "GroupName")));
  return json::object{{"Group", GroupType(group)}};
}

}  // namespace

const Operation kGetGroup{RunGetGroup};

}  // namespace sallyport::operations
