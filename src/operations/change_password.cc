// ChangePassword: the caller proves its password and gives a new one, five times an hour at most.
// What is wrong counts for the lock-out as at a sign-in. By pool setting every other token family
// of the user is revoked.
#include <string>
#include <utility>

#include "domain/caller.h"
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/password.h"
#include "domain/password_guesses.h"
#include "domain/password_hasher.h"
#include "domain/password_looks.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {
namespace {

// A user without a password has none to prove.
bool Proves(const Call& call, const domain::User& user, std::string_view previous) {
  if (user.password_hash.empty()) return previous.empty();
  return call.services.passwords.Verify(user.password_hash, previous);
}

// That the password was wrong, or the new one cannot be had: either is an attempt.
base::Status CommitFailure(const Call& call, const domain::User& user, bool wrong) {
  const domain::GuessSubject subject = domain::GuessSubjectOf(user.pool_id, user.sub);
  return domain::Commit(call.services, [&](store::Tx& tx) -> base::Status {
    if (wrong) SALLYPORT_TRY(domain::NoteWrongPassword(tx, call.services, subject));
    return domain::NotePasswordChange(tx, call.services, user);
  });
}

base::Result<Revoked> RunChangePassword(Call& call, const api::ChangePasswordInput& input) {
  const domain::AccessTokenCaller& caller = *call.caller;
  const std::string_view proposed = input.proposed_password();
  // Until the attempt is counted.
  SALLYPORT_ASSIGN(const domain::PasswordLook look,
                   call.services.password_looks->ReserveForChange(call.services, caller.user));
  if (!Proves(call, caller.user, input.previous_password())) {
    SALLYPORT_TRY(CommitFailure(call, caller.user, /*wrong=*/true));
    return domain::error::kIncorrectUsernameOrPassword();
  }
  auto password = domain::PreparePassword(call.services, *caller.pool, caller.user, proposed);
  if (!password) {
    SALLYPORT_TRY(CommitFailure(call, caller.user, /*wrong=*/false));
    return std::move(password).error();
  }
  const auto change = [&](store::LogTx& tx, domain::User& user) -> base::Status {
    if (user.password_version != caller.user.password_version)
      return domain::error::kIncorrectUsernameOrPassword();
    // A sign-out that came between has ended the caller's own family too.
    if (user.generation != caller.family.generation) {
      return domain::error::kAccessTokenRevoked();
    }
    SALLYPORT_TRY(domain::NotePasswordChange(tx, call.services, user));
    SALLYPORT_TRY(domain::SetPassword(tx, *caller.pool, user, *password, domain::kConfirmed,
                                      call.services.clock.WallMillis()));
    SALLYPORT_TRY(domain::UpdateUser(tx, *caller.pool, user));
    if (!caller.pool->settings.revoke_on_password_change) return {};
    return domain::RevokeAllFamilies(tx, user, call.services.clock.WallSeconds(), caller.family.id);
  };
  return RevokeCaller(call, change);
}

}  // namespace

const Operation<api::ChangePasswordInput> kChangePassword =
    MakeOperation<RunChangePassword, HashLane>();

}  // namespace sallyport::operations
