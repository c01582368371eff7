// AdminResetUserPassword: an administrator makes a user's password invalid and has a code sent,
// with which the user sets a new one. All tokens of the user are revoked, unless the pool's tag
// sallyport:revoke-on-password-change is "false"; the answer waits until every gate refuses them.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "domain/tokens/revoke.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/recovery/account_recovery.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<Revoked> RunAdminResetUserPassword(Call& call,
                                                const api::AdminResetUserPasswordInput& input) {
  SALLYPORT_ASSIGN(const auto present, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::CustomMessage custom,
                   PrepareRecovery(call, *present, input.username(), "", input.client_metadata()));
  const std::string code = domain::MakeCode(call.services.settings);
  const auto change = [&](store::LogTx& tx, const domain::Pool& pool,
                          domain::User& user) -> base::Status {
    SALLYPORT_TRY(CheckResettable(user));
    if (user.status == domain::kUnconfirmed) {
      return domain::error::kResetNotPossible();
    }
    SALLYPORT_TRY(CheckSelfService(pool));
    const std::optional<domain::Channel> channel = RecoveryChannel(pool, user);
    if (!channel) return domain::error::kNoRecoveryAddress();
    SALLYPORT_TRY(SendCode(tx, call.services, pool, user, *channel,
                           {.purpose = domain::CodePurpose::kForgotPassword,
                            .cause = "ForgotPassword",
                            .client_id = {},
                            .code = code,
                            .custom = custom,
                            .asker = domain::CodeAsker::kCredentials,
                            .count = domain::SendCount::kFree}));
    user.status = domain::kResetRequired;
    user.modified_millis = call.services.clock.WallMillis();
    SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
    if (!pool.settings.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds());
  };
  return RevokeNamedUser(call, NamedUser(input), change);
}

}  // namespace

const Operation<api::AdminResetUserPasswordInput> kAdminResetUserPassword =
    MakeOperation<RunAdminResetUserPassword>();

}  // namespace sallyport::operations
