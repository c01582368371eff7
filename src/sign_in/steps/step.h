// Step: what one input proves. A step knows no other step, no lock-out, no hook around the sign-in
// and nothing of how its answer waits: flow.cc does that for all of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/family.h"
#include "domain/user.h"
#include "sign_in/attempt.h"
#include "sign_in/input.h"
#include "sign_in/outcome.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::sign_in {

// Within the commit that ends the step. `user`: as read in the commit, and written afterwards where
// the sign-in is complete. Null: nothing. May be run again.
using Write = std::function<base::Status(store::Tx& tx, domain::User& user)>;

// The input proves that the caller is the user.
struct Proved {
  domain::User user;
  std::vector<domain::ProvedFactor> factors;  // all of this sign-in, with those of earlier steps
  Write write = nullptr;
  // The write gives the user the status CONFIRMED: that of `user` counts no more.
  bool confirms = false;
  std::string_view token_source = "TokenGeneration_Authentication";
  // Not empty: it was a part of a custom flow, which goes on from this state.
  std::string custom_state = {};
};

// There is more to prove.
struct Next {
  Challenge challenge;
  Write write = nullptr;
};

// There is more to prove, and it is the password, by SRP.
struct NextSrp {
  std::string name;
  std::string client_value;
  std::string custom_state;  // what its proof hands back
};

// Nothing is proved, and that must be written: one answer was used up. An error of Prove writes
// nothing.
struct Refusal {
  base::Error error;
  Write write = nullptr;
};

using Verdict = std::variant<Proved, Next, NextSrp, Refusal>;

// Who begins a sign-in.
struct Beginning {
  std::string_view name;
  // Where the pool has a function that knows users of another directory, it is asked with this.
  const std::string_view* password = nullptr;
};

class Step {
 public:
  virtual ~Step() = default;
  // The input is whole, the session waits for it, and the client has proved itself.
  virtual base::Status Open(const Attempt& attempt) = 0;
  // nullopt: it goes on with a sign-in that has begun.
  virtual std::optional<Beginning> begins() const { return std::nullopt; }
  // Committed before anything is proved, so that of many answers at once one is looked at.
  virtual Write Spend(const Attempt&) { return nullptr; }
  // Once, after Open.
  virtual base::Result<Verdict> Prove(const Attempt& attempt) = 0;
};

// ---- The table of steps: one for each Input. The input outlives the step.
std::unique_ptr<Step> MakeStep(const GivePassword& input);
std::unique_ptr<Step> MakeStep(const BeginSrp& input);
std::unique_ptr<Step> MakeStep(const ProveSrp& input);
std::unique_ptr<Step> MakeStep(const BeginCustom& input);
std::unique_ptr<Step> MakeStep(const AnswerCustom& input);
std::unique_ptr<Step> MakeStep(const GiveNewPassword& input);
// A custom flow that goes on after the password was proved within it.
std::unique_ptr<Step> ContinueCustom(Proved proved);

// ---- The challenges that the flow itself asks.
base::Result<Next> NewPasswordFor(const Attempt& attempt, const Proved& proved);
base::Result<Next> SrpFor(const Attempt& attempt, std::string_view name,
                          std::string_view client_value, std::string custom_state);

}  // namespace sallyport::sign_in
