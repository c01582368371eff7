// CreateGroup: creates a group in a pool; its name must be free.
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunCreateGroup(Call& call, const api::CreateGroupInput& input) {
  domain::Group group;
  group.pool_id = input.user_pool_id();
  group.name = input.group_name();
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

const Operation<api::CreateGroupInput> kCreateGroup =
    MakeOperation<RunCreateGroup>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
