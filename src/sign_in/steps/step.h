// Steps: one function for each kind of proof. A step does not know the other steps, the lock-out,
// the hooks of the sign-in, sessions or commits: flow.cc does all of that, in the same way for
// every step.
#pragma once

#include <string>
#include <variant>

#include "sign_in/attempt.h"
#include "sign_in/input.h"
#include "sign_in/outcome.h"
#include "sign_in/progress.h"
#include "sign_in/refusal.h"

namespace sallyport::sign_in {

// The input proves that the caller is the user, or is something that the user may choose.
// `progress` now also has the factor that was proved, and the change.
struct Proved {
  Progress progress;
};

// More has to be proved.
struct Ask {
  Challenge challenge;  // its session is not set
  Progress progress;    // for the step that will judge the answer
};

// As part of this step the password must be proved by SRP. The step continues from `progress`
// afterwards.
struct AskPasswordFirst {
  std::string client_value;
  Progress progress;
};

using Verdict = std::variant<Proved, Ask, AskPasswordFirst>;

// ---- The steps. The table in flow.cc says when each is called.

// password.cc
// kResetRequired for a user who has no password (imports without hashes make such users), where the
// client tells whether users exist; where it hides that, such a user is treated as one who does not
// exist.
Judged<void> CheckHasPassword(const Attempt& attempt, const Progress& progress);
Judged<Verdict> ProvePassword(const Attempt& attempt, const GivePassword& given, Progress progress);

// srp.cc
Judged<Verdict> BeginBySrp(const Attempt& attempt, const BeginSrp& given, Progress progress);
Judged<void> CheckFresh(const Attempt& attempt, const ProveSrp& given);
Judged<Verdict> ProveBySrp(const Attempt& attempt, const ProveSrp& given, Progress progress);

// custom.cc
Judged<void> CheckHasFunctions(const Attempt& attempt, const BeginCustom& given);
Judged<Verdict> BeginByFunctions(const Attempt& attempt, const BeginCustom& given,
                                 Progress progress);
Judged<Verdict> AnswerToFunctions(const Attempt& attempt, const AnswerCustom& given,
                                  Progress progress);
// Called after the password that the step has asked for first.
Judged<Verdict> GoOnByFunctions(const Attempt& attempt, Progress progress);

// new_password.cc
Judged<Ask> AskForNewPassword(const Attempt& attempt, Progress progress);
Judged<Verdict> ChooseNewPassword(const Attempt& attempt, const GiveNewPassword& given,
                                  Progress progress);

}  // namespace sallyport::sign_in
