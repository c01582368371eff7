// AdminDisableUser: the user can no longer sign in, and every token of it is revoked.
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  const auto change = [&](store::Tx& tx, const domain::Pool& pool,
                          domain::User& user) -> base::Status {
    if (user.enabled) {
      user.enabled = false;
      user.modified_millis = call.services.clock.WallMillis();
      SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
    }
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  SALLYPORT_TRY(RevokeNamedUser(call, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminDisableUser{.run = Run, .revokes = true};

}  // namespace sallyport::operations
