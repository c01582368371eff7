// A second factor for tests, written as CONTRIBUTING.md says: a code, which is always 123456.
#include <utility>

#include "sign_in/steps/step.h"

namespace sallyport::sign_in {

Judged<Ask> AskForCode(const Attempt&, Progress progress) {
  AskCode asked{.session = {}, .username = progress.user->username};
  return Ask{std::move(asked), std::move(progress)};
}

Judged<Verdict> ProveCode(const Attempt& attempt, const GiveCode& given, Progress progress) {
  if (given.code != "123456") return Refuse(Reason::kWrongProof);
  progress.factors.push_back({"otp", attempt.services.clock.WallSeconds()});
  return Proved{std::move(progress)};
}

}  // namespace sallyport::sign_in
