// ConfirmForgotPassword: a user who has forgotten the password gives back the code that was sent,
// with a new password. All tokens of the user are revoked, unless the pool's tag
// sallyport:revoke-on-password-change is "false"; the answer waits until every gate refuses them.
#include <optional>
#include <string>

#include "domain/credentials/password.h"
#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "domain/tokens/revoke.h"
#include "operations/messages/code_delivery.h"
#include "operations/operation.h"
#include "operations/recovery/account_recovery.h"
#include "operations/sign_up/sign_up_hooks.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr auto kRecovery = domain::CodePurpose::kForgotPassword;

struct Guess {
  PublicCaller caller;
  std::string_view code;
  // Set by the first commit.
  std::optional<domain::User> user;
  bool unreachable = false;  // there is nobody of whom the client may be told
};

bool HidesUsers(const Guess& guess) {
  return guess.caller.client->settings.prevent_user_existence_errors;
}

// An administrator's reset sends a code for which nobody has asked, so telling whether there is a
// code may tell that the user exists.
domain::NoCode WithoutCode(const Guess& guess) {
  return HidesUsers(guess) ? domain::NoCode::kWrong : domain::NoCode::kTold;
}

// Called within a commit: finds the user and judges the code.
base::Result<domain::CodeVerdict> Judge(const Call& call, store::Tx& tx, const domain::Pool& pool,
                                        Guess& guess, domain::CodeUse use) {
  SALLYPORT_ASSIGN(guess.user, domain::FindUser(tx, pool, guess.caller.username));
  guess.unreachable = !guess.user || !CheckResettable(*guess.user);
  if (!guess.user) return domain::error::kNoSuchCombination();
  SALLYPORT_TRY(CheckResettable(*guess.user));
  guess.unreachable = !RecoveryChannel(pool, *guess.user);
  // Such a guess is counted for the name alone (GuessInVain). If it were counted for the user too,
  // it would be written twice, and take longer than for a name that nobody has.
  if (guess.unreachable && HidesUsers(guess)) return domain::error::kCodeExpired();
  SALLYPORT_ASSIGN(domain::CodeVerdict verdict,
                   domain::JudgeCode(tx, call.services, {pool.id, guess.user->sub, kRecovery},
                                     guess.code, use, WithoutCode(guess)));
  if (verdict.refusal) return verdict;
  const std::string& attribute = verdict.target.attribute;
  if (guess.user->Attribute(attribute) != verdict.target.destination ||
      guess.user->Attribute(attribute + "_verified") != "true") {
    verdict.refusal = domain::error::kCodeExpired.Because(
        "the address that the code was sent to is no longer a verified address of the user");
  }
  return verdict;
}

// The first commit. A wrong guess costs no password hash, and the time reveals nothing.
base::Status CheckGuess(const Call& call, Guess& guess) {
  base::Status judged =
      CommitGuess(call.services, [&](store::Tx& tx) -> base::Result<domain::CodeVerdict> {
        return Judge(call, tx, *guess.caller.pool, guess, domain::CodeUse::kKeep);
      });
  if (guess.unreachable && HidesUsers(guess)) {
    return GuessInVain(call, *guess.caller.pool, guess.caller.username, kRecovery, guess.code,
                       WithoutCode(guess));
  }
  return judged;
}

base::Result<Revoked> RunConfirmForgotPassword(Call& call,
                                               const api::ConfirmForgotPasswordInput& input) {
  Guess guess;
  SALLYPORT_ASSIGN(guess.caller, PublicCallerOf(call, PublicName(input)));
  guess.code = input.confirmation_code();
  const std::string_view password = input.password();
  SALLYPORT_TRY(CheckSelfService(*guess.caller.pool));
  // Checked before the code, because a guess should not be counted only because the new password is
  // not allowed.
  SALLYPORT_TRY(domain::CheckPassword(*guess.caller.pool, password));
  SALLYPORT_TRY(CheckGuess(call, guess));
  const std::string sub = guess.user->sub;
  SALLYPORT_ASSIGN(
      const domain::PreparedPassword prepared,
      domain::PreparePassword(call.services, *guess.caller.pool, *guess.user, password));
  const auto change = [&](store::LogTx& tx) -> base::Result<domain::CodeVerdict> {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, guess.caller.pool->id));
    SALLYPORT_ASSIGN(domain::CodeVerdict verdict,
                     Judge(call, tx, pool, guess, domain::CodeUse::kSpend));
    if (verdict.refusal) return verdict;
    if (guess.user->sub != sub) return domain::error::kNoSuchCombination();
    SALLYPORT_TRY(domain::SetPassword(tx, pool, *guess.user, prepared, domain::kConfirmed,
                                      call.services.clock.WallMillis()));
    SALLYPORT_TRY(domain::UpdateUser(tx, pool, *guess.user));
    if (pool.settings.revoke_on_password_change) {
      SALLYPORT_TRY(domain::RevokeAllFamilies(tx, *guess.user, call.services.clock.WallSeconds()));
    }
    return verdict;
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitRevokingGuess(call.services, change));
  SALLYPORT_TRY(CallPostConfirmation(call, *guess.caller.pool, kConfirmedForgotPassword,
                                     guess.caller.client->id, *guess.user,
                                     input.client_metadata()));
  return Revoked{release};
}

}  // namespace

const Operation<api::ConfirmForgotPasswordInput> kConfirmForgotPassword =
    MakeOperation<RunConfirmForgotPassword, HashLane>();

}  // namespace sallyport::operations
