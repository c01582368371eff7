// UpdateGroup: changes the description, role or precedence of a group. What is not given stays as
// it is.
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateGroup(Call& call, const api::UpdateGroupInput& input) {
  json::object updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_ASSIGN(domain::Group group, domain::RequireGroup(tx, pool.id, input.group_name()));
    TakeGroupMembers(input, group);
    group.modified_millis = call.services.clock.WallMillis();
    updated = GroupType(group);
    return domain::PutGroup(tx, group);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"Group", std::move(updated)}};
}

}  // namespace

const Operation<api::UpdateGroupInput> kUpdateGroup =
    MakeOperation<RunUpdateGroup>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
