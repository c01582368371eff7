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

  // The password is proved and the sign-in complete: adds to what is committed that the count is 0.
  void Clear(Progress& proved) const;

  // False: no user has that name.
  bool known() const { return subject_.known(); }

 private:
  LockOut(const domain::Services& services, domain::GuessSubject subject)
      : services_(&services), subject_(std::move(subject)) {}

  const domain::Services* services_;
  domain::GuessSubject subject_;
  bool has_guesses_ = false;  // when it was asked
  domain::PasswordLook look_;
};

}  // namespace sallyport::sign_in
