// LockOut: that nobody tries more passwords of a user than domain/credentials/password_guesses.h
// allows, in one call of a sign-in.
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

// Of the name that a call gives, before it is known whose it is: what refuses who is locked out,
// and what a function looks at that knows other users. Used by one thread.
class LockOut {
 public:
  // Of a call that begins a sign-in with `name`, or goes on with a session's `progress`, whose sub
  // is not empty then. kLockedOut. Reads and takes the same for a name that no user has.
  static Judged<LockOut> Ask(const Attempt& attempt, std::string_view name,
                             const Progress& progress);

  // Before a function of the pool looks at a password for a name that nobody has. kLockedOut.
  Judged<void> ReserveForFunction();
  // What has come of it where it was not what the user has; `looked`: the function may have had
  // the password. Commits that it was wrong, unless the refusal is the server's own fault, and
  // gives `refusal`, or why that could not be committed.
  Refusal RefusedByFunction(Refusal refusal, bool looked);
  // Otherwise.
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

// A password's proof by this server. Whose wrong passwords are counted is always told by the
// Progress that is proved: no look for one user serves for the proof of another, however long it
// was since the name was asked for. Used by one thread.
class ProofLook {
 public:
  // Before a password is hashed. kLockedOut. Who has no user is counted where the client hides who
  // exists, and nothing is looked at otherwise.
  static Judged<ProofLook> Reserve(const Attempt& attempt, const Progress& progress);
  // For what is computed at once, and refused afterwards where there is no room.
  static ProofLook AtOnce(const Attempt& attempt, const Progress& progress);

  // kLockedOut; others need not wait for what follows.
  Judged<void> Right();
  // Commits where the password was wrong, which kWrongProof alone says, and gives `refusal`; or
  // why that could not be noted, or kLockedOut: then nothing is told of the password.
  Refusal Refused(Refusal refusal);

 private:
  explicit ProofLook(domain::PasswordLook look) : look_(std::move(look)) {}

  domain::PasswordLook look_;  // of nobody where nothing is counted
};

// The sign-in is complete: where a password is part of what was proved and wrong ones are counted,
// adds to what is committed that there are none, unless there are others by then.
Judged<void> ClearLockOut(const Attempt& attempt, Progress& proved);

}  // namespace sallyport::sign_in
