// ResendConfirmationCode: sends a new code for a sign-up that is not confirmed yet; the code before
// it is no longer valid.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "operations/messages/code_delivery.h"
#include "operations/messages/custom_message.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// For a name that no user has, or whose user gets no code: the same answer as for a user with an
// address.
base::Result<json::object> Simulate(const Call& call, const PublicCaller& caller) {
  const std::optional<domain::Medium> medium = LikelySignUpMedium(*caller.pool, caller.username);
  if (!medium) return domain::error::kAutoVerificationOff();
  SALLYPORT_TRY(SimulateCode(call, *caller.pool, caller.username, domain::CodePurpose::kSignUp));
  return json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(SimulatedChannel(
                                                  call, *caller.pool, caller.username, *medium))}};
}

// Does nothing where the commit will refuse.
base::Result<domain::CustomMessage> Prepare(const Call& call, const PublicCaller& caller,
                                            const api::ResendConfirmationCodeInput& input) {
  if (!PreparesMessages(*caller.pool)) return domain::CustomMessage();
  SALLYPORT_ASSIGN(const std::optional<domain::User> user,
                   domain::FindUser(call.services.store, *caller.pool, caller.username));
  if (!user || !user->enabled || user->status != domain::kUnconfirmed) {
    return domain::CustomMessage();
  }
  const std::optional<domain::Channel> channel = SignUpChannel(*caller.pool, *user);
  if (!channel) return domain::CustomMessage();
  return PrepareMessage(call, *caller.pool, *user, *channel,
                        {"ResendCode", caller.client->id, input.client_metadata()});
}

base::Result<json::object> RunResendConfirmationCode(
    Call& call, const api::ResendConfirmationCodeInput& input) {
  SALLYPORT_ASSIGN(const PublicCaller caller, PublicCallerOf(call, PublicName(input)));
  const bool simulates = caller.client->settings.prevent_user_existence_errors;
  SALLYPORT_ASSIGN(const domain::CustomMessage custom, Prepare(call, caller, input));
  const std::string code = domain::MakeCode(call.services.settings);
  std::optional<domain::Channel> channel;
  bool unreachable = false;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, caller.pool->id));
    SALLYPORT_ASSIGN(std::optional<domain::User> user, domain::FindUser(tx, pool, caller.username));
    unreachable = true;
    if (!user) return domain::error::kNoSuchCombination();
    if (!user->enabled) return domain::error::kUserDisabled();
    if (user->status != domain::kUnconfirmed) return domain::error::kAlreadyConfirmed();
    channel = SignUpChannel(pool, *user);
    if (!channel) return domain::error::kAutoVerificationOff();
    unreachable = false;
    user->sign_up = SignUpStateAfter(true, call.services.clock.watched());
    SALLYPORT_TRY(domain::PutUser(tx, *user));
    return SendCode(tx, call.services, pool, *user, *channel,
                    {.purpose = domain::CodePurpose::kSignUp,
                     .cause = "ResendCode",
                     .client_id = caller.client->id,
                     .code = code,
                     .custom = custom});
  };
  const base::Status done = domain::Commit(call.services, commit);
  if (unreachable && simulates) return Simulate(call, caller);
  SALLYPORT_TRY(done);
  return json::object{{"CodeDeliveryDetails", CodeDeliveryDetails(*channel)}};
}

}  // namespace

const Operation<api::ResendConfirmationCodeInput> kResendConfirmationCode =
    MakeOperation<RunResendConfirmationCode>();

}  // namespace sallyport::operations
