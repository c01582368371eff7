// LockOut: ensures that a sign-in tries no more passwords of a user than
// domain/credentials/password_guesses.h allows.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_looks.h"
#include "sign_in/attempt.h"
#include "sign_in/progress.h"
#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// The lock-out of the name that a call gives, before it is known who has the name. It refuses
// callers who are locked out, and counts passwords that a function looks at which may know other
// users. Used by one thread.
class LockOut {
 public:
  // For a call that begins a sign-in with `name`, or continues with the `progress` of a session,
  // whose sub is then not empty. kLockedOut. For a name that no user has, the same is read and it
  // takes as long.
  static Judged<LockOut> Ask(const Attempt& attempt, store::Reader& reader, std::string_view name,
                             const Progress& progress);

  // Called before a function of the pool looks at a password for a name that nobody has.
  // kLockedOut.
  Judged<void> ReserveForFunction();
  // Called when the function has refused the password. `looked`: the function may have received it.
  // Commits that the password was wrong, unless the refusal is the server's own fault. Gives
  // `refusal`, or the reason why that could not be committed.
  Refusal RefusedByFunction(Refusal refusal, bool looked);
  // Called in any other case.
  void LetGo() { look_ = {}; }

  // False: no user has that name.
  bool known() const { return subject_.known(); }

 private:
  LockOut(const domain::Services& services, domain::GuessSubject subject)
      : services_(&services), subject_(std::move(subject)) {}

  const domain::Services* services_;
  domain::GuessSubject subject_;
  domain::PasswordLook look_;
};

// A look at a password by this server itself. Wrong passwords are always counted for the user in
// the Progress that is being proved, so a look that was reserved for one user cannot be used for
// another. Used by one thread.
class ProofLook {
 public:
  // Called before a password is hashed. kLockedOut. For a name that no user has, the look is
  // counted where the client hides whether users exist; otherwise nothing is looked at.
  static Judged<ProofLook> Reserve(const Attempt& attempt, store::Reader& reader,
                                   const Progress& progress);
  // For a proof that is judged at once; it is refused afterwards where there was no room.
  static ProofLook AtOnce(const Attempt& attempt, const Progress& progress);

  // The proof was right. Notes in `proved` the count by which that was decided. kLockedOut where
  // the guesses are used up. The reservation ends for others, whatever follows. `commit_decides`:
  // the caller tells nobody anything before it has committed the whole sign-in (ClearLockOut).
  Judged<void> Right(Progress& proved, bool commit_decides);
  // The proof was refused. If the password was wrong, which only kWrongProof means, this is
  // committed. Gives `refusal`; or the reason why that could not be stored, or kLockedOut, and then
  // nothing is told about the password.
  Refusal Refused(Refusal refusal);

 private:
  explicit ProofLook(domain::PasswordLook look) : look_(std::move(look)) {}

  domain::PasswordLook look_;  // empty where nothing is counted
};

// Called when the sign-in is complete. Where a password was part of the proof and wrong ones are
// counted, adds to the commit that the count is cleared, unless it has grown by then. Where the
// commit is to decide about the password (Progress::look), adds that.
Judged<void> ClearLockOut(const Attempt& attempt, Progress& proved);

}  // namespace sallyport::sign_in
