// UpdateGroup: what is not given stays as it is.
#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/group_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateGroup(Call& call, const json::object& input) {
  json::object updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    SALLYPORT_ASSIGN(domain::Group group,
                     domain::RequireGroup(tx, pool.id, domain::StringMember(input, "GroupName")));
    TakeGroupMembers(input, group);
    group.modified_millis = call.services.clock.WallMillis();
    updated = GroupType(group);
    return domain::PutGroup(tx, group);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"Group", std::move(updated)}};
}

}  // namespace

const Operation kUpdateGroup{RunUpdateGroup};

}  // namespace sallyport::operations
