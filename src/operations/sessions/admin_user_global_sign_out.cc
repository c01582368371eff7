// AdminUserGlobalSignOut: an administrator signs a user out everywhere. The answer waits until
// every gate refuses all tokens of the user.
#include "domain/tokens/revoke.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminUserGlobalSignOut(Call& call,
                                                const api::AdminUserGlobalSignOutInput& input) {
  const auto change = [&](store::LogTx& tx, const domain::Pool&, domain::User& user) {
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, NamedUser(input), change);
}

}  // namespace

const Operation<api::AdminUserGlobalSignOutInput> kAdminUserGlobalSignOut =
    MakeOperation<RunAdminUserGlobalSignOut>();

}  // namespace sallyport::operations
