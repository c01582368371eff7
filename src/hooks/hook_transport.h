// HookTransport: how an event reaches a function, and its answer comes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/hooks/hook.h"

namespace sallyport::hooks {

// Lambda's limit on answers of a synchronous call.
inline constexpr size_t kGreatestAnswer = 6 * 1024 * 1024 + 100;

// arn:aws:lambda:us-east-1:123456789012:function:name:qualifier, taken apart. Where it is none of
// these, all but `arn` is empty.
struct Function {
  std::string arn;
  std::string region;
  std::string name;
  std::string qualifier;  // a version or an alias; empty: none
};
Function ParseArn(std::string_view arn);

struct HookAttempt {
  domain::HookOutcome outcome;
  bool again = false;  // whether another attempt may do better: never where the function has failed
};

// Thread-safe.
class HookTransport {
 public:
  virtual ~HookTransport() = default;
  // A label of metrics and logs: "runtime", "invoke", "https".
  virtual std::string_view name() const = 0;
  // Blocks until the answer is there, or `millis` are over.
  virtual HookAttempt Call(const Function& function, const std::string& event, int64_t millis) = 0;
  // Ends the calls under way within a second or so, and refuses further ones.
  virtual void Stop() = 0;
};

// What a function that fails says about it: {"errorMessage", "errorType"}. kRaised. `otherwise`
// stands in for a message that is missing.
domain::HookOutcome Raised(std::string_view error_json, std::string_view otherwise);
bool HasErrorMessage(std::string_view error_json);

// kNotCalled, with AWS's code for what went wrong beyond this server.
domain::HookOutcome NotCalled(std::string code, std::string cause);
// kTimedOut.
domain::HookOutcome TimedOut(std::string cause);
// The same outcome, of which it is certain that the function has not had the event.
domain::HookOutcome Undelivered(domain::HookOutcome outcome);
// kRaised: the answer is larger than Lambda lets one be.
domain::HookOutcome TooLarge();

}  // namespace sallyport::hooks
