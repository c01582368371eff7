// DeleteUser: the caller deletes its own user, and with it every token.
#include "domain/caller.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> Run(Call& call, const boost::json::object&) {
  const auto change = [&](store::Tx& tx, domain::User& user) -> base::Status {
    SALLYPORT_TRY(domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds()));
    return domain::DeleteUser(tx, *call.caller->pool, user);
  };
  SALLYPORT_TRY(RevokeCaller(call, change));
  return boost::json::object();
}

}  // namespace

const Operation kDeleteUser{.run = Run, .revokes = true};

}  // namespace sallyport::operations
