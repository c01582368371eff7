// AdminUserGlobalSignOut: an administrator signs a user out everywhere.
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object& input) {
  const auto change = [&](store::Tx& tx, const domain::Pool&, domain::User& user) {
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  SALLYPORT_TRY(RevokeNamedUser(call, input, change));
  return boost::json::object();
}

}  // namespace

const Operation kAdminUserGlobalSignOut{.run = Run, .revokes = true};

}  // namespace sallyport::operations
