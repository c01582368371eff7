// ForgotPassword: sends a code, with which a new password can be set, to the address that the pool
// uses for recovery.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/recovery/account_recovery.h"
#include "operations/sign_in/sign_in.h"
#include "sign_in/migration.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// The answer where the client must not be told that nobody gets a code.
base::Result<json::object> SimulateReset(const Call& call, const PublicCaller& caller) {
  SALLYPORT_TRY(
      SimulateCode(call, *caller.pool, caller.username, domain::CodePurpose::kForgotPassword));
  return json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(SimulatedChannel(
                                                  call, *caller.pool, caller.username,
                                                  LikelyMedium(*caller.pool, caller.username)))}};
}

base::Result<json::object> RunForgotPassword(Call& call, const api::ForgotPasswordInput& input) {
  SALLYPORT_ASSIGN(const PublicCaller caller, PublicCallerOf(call, PublicName(input)));
  SALLYPORT_TRY(CheckSelfService(*caller.pool));
  SALLYPORT_TRY(sign_in::MigrateAtForgotPassword({.services = call.services,
                                                  .pool = caller.pool,
                                                  .client = caller.client,
                                                  .context = ContextDataOf(call),
                                                  .metadata = input.client_metadata()},
                                                 caller.username));
  SALLYPORT_ASSIGN(const domain::CustomMessage custom,
                   PrepareRecovery(call, *caller.pool, caller.username, caller.client->id,
                                   input.client_metadata()));
  const std::string code = domain::MakeCode(call.services.settings);
  std::optional<domain::Channel> channel;
  bool unreachable = false;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, caller.pool->id));
    SALLYPORT_ASSIGN(const std::optional<domain::User> user,
                     domain::FindUser(tx, pool, caller.username));
    unreachable = true;
    if (!user) return domain::error::kNoSuchCombination();
    SALLYPORT_TRY(CheckResettable(*user));
    channel = RecoveryChannel(pool, *user);
    if (!channel) return domain::error::kNoRecoveryAddress();
    unreachable = false;
    return SendCode(tx, call.services, pool, *user, *channel,
                    {.purpose = domain::CodePurpose::kForgotPassword,
                     .cause = "ForgotPassword",
                     .client_id = caller.client->id,
                     .code = code,
                     .custom = custom});
  };
  const base::Status done = domain::Commit(call.services, commit);
  if (unreachable && caller.client->settings.prevent_user_existence_errors)
    return SimulateReset(call, caller);
  SALLYPORT_TRY(done);
  return json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(*channel)}};
}

}  // namespace

const Operation<api::ForgotPasswordInput> kForgotPassword = MakeOperation<RunForgotPassword>();

}  // namespace sallyport::operations
