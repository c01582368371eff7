// ChangePassword: the caller gives their present password and a new one, at most five times an
// hour. A wrong present password counts towards the lock-out, exactly as one at a sign-in does. All
// other token families of the user are then revoked, unless the pool's tag
// sallyport:revoke-on-password-change is "false"; the answer waits until every gate refuses their
// tokens.
#include <string>
#include <utility>

#include "domain/credentials/password.h"
#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_looks.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {
namespace {

// A user without a password has nothing to prove.
bool Proves(const Call& call, const domain::User& user, std::string_view previous) {
  if (user.password_hash.empty()) return previous.empty();
  return call.services.passwords.Verify(user.password_hash, previous);
}

// Commits a failed attempt: the present password was wrong, which `note` stores, or the new one is
// not allowed. On a full disk this may use the reserve for revocations, as a successful change
// does. Otherwise its error would reveal that the password was wrong, and would not be counted.
base::Status CommitFailure(const Call& call, const domain::User& user,
                           const domain::WrongPasswordNote& note = {}) {
  return domain::WithoutRelease(
      domain::CommitRevoking(call.services, [&](store::LogTx& tx) -> base::Status {
        if (note) SALLYPORT_TRY(note(tx));
        return domain::NotePasswordChange(tx, call.services, user);
      }));
}

base::Result<Revoked> RunChangePassword(Call& call, const api::ChangePasswordInput& input) {
  const domain::AccessTokenCaller& caller = *call.caller;
  const std::string_view proposed = input.proposed_password();
  // Reserved until the attempt is counted.
  SALLYPORT_ASSIGN(domain::PasswordLook look,
                   call.services.password_looks.ReserveForChange(call.services, caller.user));
  if (!Proves(call, caller.user, input.previous_password())) {
    SALLYPORT_TRY(look.Wrong([&](const domain::WrongPasswordNote& note) {
      return CommitFailure(call, caller.user, note);
    }));
    return domain::error::kIncorrectUsernameOrPassword();
  }
  SALLYPORT_TRY(look.Right());
  auto password = domain::PreparePassword(call.services, *caller.pool, caller.user, proposed);
  if (!password) {
    SALLYPORT_TRY(CommitFailure(call, caller.user));
    return std::move(password).error();
  }
  bool outdated = false;
  const auto change = [&](store::LogTx& tx, domain::User& user) -> base::Status {
    outdated = user.password_version != caller.user.password_version;
    if (outdated) return domain::error::kIncorrectUsernameOrPassword();
    // A sign-out meanwhile has also ended the caller's own family.
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
  base::Result<Revoked> changed = RevokeCaller(call, change);
  // The commit found another password and wrote nothing, but this was an attempt all the same.
  if (!changed && outdated) SALLYPORT_TRY(CommitFailure(call, caller.user));
  return changed;
}

}  // namespace

const Operation<api::ChangePasswordInput> kChangePassword =
    MakeOperation<RunChangePassword, HashLane>();

}  // namespace sallyport::operations
