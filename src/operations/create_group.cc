#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/group_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunCreateGroup(Call& call, const json::object& input) {
  domain::Group group;
  group.pool_id = domain::StringMember(input, "UserPoolId");
  group.name = domain::StringMember(input, "GroupName");
  group.created_millis = group.modified_millis = call.services.clock.WallMillis();
  TakeGroupMembers(input, group);
  const auto create = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(domain::GetPool(tx, group.pool_id));
    return domain::CreateGroup(tx, group);
  };
  SALLYPORT_TRY(domain::Commit(call.services, create));
  return json::object{{"Group", GroupType(group)}};
}

}  // namespace

const Operation kCreateGroup{RunCreateGroup};

}  // namespace sallyport::operations
