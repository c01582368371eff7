// AdminEnableUser: the user can sign in again; what was revoked stays revoked.
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunAdminEnableUser(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    if (user.enabled) return {};
    user.enabled = true;
    user.modified_millis = call.services.clock.WallMillis();
    return domain::UpdateUser(tx, *pool, user);
  };
  SALLYPORT_TRY(ChangeNamedUser(call, *pool, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminEnableUser{RunAdminEnableUser};

}  // namespace sallyport::operations
