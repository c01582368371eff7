// AdminAddUserToGroup: an administrator adds a user to a group. Adding a member again is no error.
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminAddUserToGroup(
    Call& call, const api::AdminAddUserToGroupInput& input) {
  const auto join = [&](store::Tx& tx, domain::User& user, const domain::Group& group) {
    return domain::JoinGroup(tx, user, group, call.services.clock.WallMillis());
  };
  SALLYPORT_TRY(ChangeMembership(call, NamedMembership(input), join));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminAddUserToGroupInput> kAdminAddUserToGroup =
    MakeOperation<RunAdminAddUserToGroup>();

}  // namespace sallyport::operations
