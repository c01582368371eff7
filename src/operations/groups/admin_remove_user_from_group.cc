// AdminRemoveUserFromGroup: an administrator removes a user from a group. Removing somebody who is
// not a member is no error.
#include "operations/groups/group_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminRemoveUserFromGroup(
    Call& call, const api::AdminRemoveUserFromGroupInput& input) {
  SALLYPORT_TRY(ChangeMembership(call, NamedMembership(input), domain::LeaveGroup));
  return boost::json::object();
}

}  // namespace

const Operation<api::AdminRemoveUserFromGroupInput> kAdminRemoveUserFromGroup =
    MakeOperation<RunAdminRemoveUserFromGroup>();

}  // namespace sallyport::operations
