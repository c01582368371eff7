#include "operations/operation.h"
#include "operations/shared/group_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminRemoveUserFromGroup(Call& call,
                                                              const boost::json::object& input) {
  SALLYPORT_TRY(ChangeMembership(call, input, domain::LeaveGroup));
  return boost::json::object();
}

}  // namespace

const Operation kAdminRemoveUserFromGroup{RunAdminRemoveUserFromGroup};

}  // namespace sallyport::operations
