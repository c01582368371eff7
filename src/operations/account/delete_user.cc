// DeleteUser: the caller deletes their own user. Every token of the user is revoked, and the answer
// waits until every gate refuses them.
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user_removal.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunDeleteUser(Call& call, const api::DeleteUserInput&) {
  const auto change = [&](store::LogTx& tx, domain::User& user) -> base::Status {
    SALLYPORT_TRY(domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds()));
    return domain::DeleteUser(tx, *call.caller->pool, user);
  };
  return RevokeCaller(call, change);
}

}  // namespace

const Operation<api::DeleteUserInput> kDeleteUser = MakeOperation<RunDeleteUser>();

}  // namespace sallyport::operations
