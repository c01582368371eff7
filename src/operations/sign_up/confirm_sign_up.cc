// ConfirmSignUp: a user confirms their sign-up with the code that was sent, which also verifies the
// address.
#include <optional>
#include <string>

#include "domain/errors.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/sign_up/sign_up_hooks.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// Writes what the code has proved.
base::Status Confirm(store::Tx& tx, const domain::Pool& pool, domain::User& user,
                     const domain::CodeTarget& target, bool force_alias, int64_t now_millis) {
  user.status = domain::kConfirmed;
  user.modified_millis = now_millis;
  // If the address was changed meanwhile, the code was sent to another one.
  if (user.Attribute(target.attribute) == target.destination) {
    user.attributes[target.attribute + "_verified"] = "true";
  }
  return domain::UpdateUser(tx, pool, user, force_alias);
}

base::Result<json::object> RunConfirmSignUp(Call& call, const api::ConfirmSignUpInput& input) {
  SALLYPORT_ASSIGN(const PublicCaller caller, PublicCallerOf(call, PublicName(input)));
  const std::string_view guess = input.confirmation_code();
  const bool force_alias = input.force_alias_creation(false);
  constexpr auto kSignUp = domain::CodePurpose::kSignUp;
  // A sign-up has a code, and a name that nobody has does not. Where the client must not learn
  // whether the user exists, both are answered in the same way.
  const bool hides = caller.client->settings.prevent_user_existence_errors;
  const domain::NoCode none = hides ? domain::NoCode::kWrong : domain::NoCode::kTold;
  bool nobody = false;  // there is nobody who could be confirmed
  domain::User confirmed;
  const auto change = [&](store::Tx& tx) -> base::Result<domain::CodeVerdict> {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, caller.pool->id));
    SALLYPORT_ASSIGN(std::optional<domain::User> user, domain::FindUser(tx, pool, caller.username));
    nobody = true;
    if (!user) return domain::error::kNoSuchCombination();
    if (user->status != domain::kUnconfirmed) {
      return domain::error::kCannotBeConfirmed(user->status);
    }
    if (!user->enabled) return domain::error::kUserDisabled();
    nobody = false;
    const int64_t now = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(domain::CodeVerdict verdict,
                     domain::JudgeCode(tx, call.services, {pool.id, user->sub, kSignUp}, guess,
                                       domain::CodeUse::kSpend, none));
    if (!verdict.refusal) {
      SALLYPORT_TRY(Confirm(tx, pool, *user, verdict.target, force_alias, now));
      confirmed = *std::move(user);
    }
    return verdict;
  };
  const base::Status done = CommitGuess(call.services, change);
  if (nobody && hides) {
    SALLYPORT_TRY(GuessInVain(call, *caller.pool, caller.username, kSignUp, guess, none));
  }
  SALLYPORT_TRY(done);
  SALLYPORT_TRY(CallPostConfirmation(call, *caller.pool, kConfirmedSignUp, caller.client->id,
                                     confirmed, input.client_metadata()));
  return json::object();
}

}  // namespace

const Operation<api::ConfirmSignUpInput> kConfirmSignUp = MakeOperation<RunConfirmSignUp>();

}  // namespace sallyport::operations
