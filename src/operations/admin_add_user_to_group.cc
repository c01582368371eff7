#include "operations/operation.h"
#include "operations/shared/group_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminAddUserToGroup(Call& call,
                                                         const boost::json::object& input) {
  const auto join = [&](store::Tx& tx, domain::User& user, const domain::Group& group) {
    return domain::JoinGroup(tx, user, group, call.services.clock.WallMillis());
  };
  SALLYPORT_TRY(ChangeMembership(call, input, join));
  return boost::json::object();
}

}  // namespace

const Operation kAdminAddUserToGroup{RunAdminAddUserToGroup};

}  // namespace sallyport::operations
