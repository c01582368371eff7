// LockOut: that nobody tries more passwords of a user than domain/password_guesses.h allows, in one
// call of a sign-in.
#pragma once

#include <string>
#include <string_view>

#include "domain/password_guesses.h"
#include "domain/password_looks.h"
#include "sign_in/attempt.h"
#include "sign_in/progress.h"
#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// Used by one thread.
class LockOut {
 public:
  // Of a call that begins a sign-in with `name`, or goes on with a session's `progress`, whose sub
  // is not empty then. kLockedOut. Reads and takes the same for a name that no user has.
  static Judged<LockOut> Ask(const Attempt& attempt, std::string_view name,
                             const Progress& progress);

  // Before a password is looked at, by us or by a function of the pool; a second time it does
  // nothing. kLockedOut.
  Judged<void> Reserve(domain::Patience patience);
  // What the look has led to. Commits where the password was wrong, and gives `refusal`, or why
  // that could not be noted. kWrongProof alone says that it was wrong; `by_function`: of a function
  // of the pool every refusal does that is not the server's own fault.
  Refusal Refused(Refusal refusal, bool by_function = false);
  // The password was right: others need not wait for what follows.
  void Right() { look_ = {}; }

  // False: no user has that name.
  bool known() const { return subject_.known(); }

 private:
  LockOut(const domain::Services& services, domain::GuessSubject subject)
      : services_(&services), subject_(std::move(subject)) {}

  const domain::Services* services_;
  domain::GuessSubject subject_;
  domain::PasswordLook look_;
};

// The sign-in is complete: where a password is part of what was proved and wrong ones are counted,
// adds to what is committed that there are none.
Judged<void> ClearLockOut(const Attempt& attempt, Progress& proved);

}  // namespace sallyport::sign_in
