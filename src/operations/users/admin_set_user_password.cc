// AdminSetUserPassword: an administrator gives a user a password, for good or until the next
// sign-in. All tokens of the user are revoked, unless the pool's tag
// sallyport:revoke-on-password-change is "false"; the answer waits until every gate refuses them.
#include <string>

#include "domain/credentials/password.h"
#include "domain/errors.h"
#include "domain/tokens/revoke.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminSetUserPassword(Call& call,
                                              const api::AdminSetUserPasswordInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::User named,
                   domain::RequireUser(call.services.store, *pool, input.username()));
  SALLYPORT_ASSIGN(const domain::PreparedPassword password,
                   domain::PreparePassword(call.services, *pool, named, input.password()));
  const std::string_view status =
      input.permanent(false) ? domain::kConfirmed : domain::kForceChangePassword;
  const auto change = [&](store::LogTx& tx, const domain::Pool& present,
                          domain::User& user) -> base::Status {
    if (user.sub != named.sub) {
      return domain::error::kNoSuchUser.Because("renamed meanwhile");
    }
    SALLYPORT_TRY(
        domain::SetPassword(tx, present, user, password, status, call.services.clock.WallMillis()));
    SALLYPORT_TRY(domain::UpdateUser(tx, present, user));
    if (!present.settings.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, NamedUser(input), change);
}

}  // namespace

const Operation<api::AdminSetUserPasswordInput> kAdminSetUserPassword =
    MakeOperation<RunAdminSetUserPassword, HashLane>();

}  // namespace sallyport::operations
