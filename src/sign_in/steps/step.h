// Steps: what one input proves, a function each. A step knows no other step, no lock-out, no hook
// around the sign-in, no session and no commit: flow.cc does all of that, in the same way for
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

// The input proves that the caller is the user, or is what the user may choose. `progress` has the
// factor that was proved, and the change, beside what it had.
struct Proved {
  Progress progress;
};

// There is more to prove.
struct Ask {
  Challenge challenge;  // without its session
  Progress progress;    // for the step that is given the answer
};

// The password is to be proved, by SRP, as a part of this step's proof, which goes on from
// `progress` afterwards.
struct AskPasswordFirst {
  std::string client_value;
  Progress progress;
};

using Verdict = std::variant<Proved, Ask, AskPasswordFirst>;

// ---- The steps. Each is in the table of flow.cc, which says when it is called.

// password.cc
// kResetRequired of a user who has no password to prove, as an import without hashes leaves them,
// where the client may tell who exists; where it may not, such a user is as one who does not exist.
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
// After the password that it asked for first.
Judged<Verdict> GoOnByFunctions(const Attempt& attempt, Progress progress);

// new_password.cc
Judged<Ask> AskForNewPassword(const Attempt& attempt, Progress progress);
Judged<Verdict> ChooseNewPassword(const Attempt& attempt, const GiveNewPassword& given,
                                  Progress progress);

}  // namespace sallyport::sign_in
