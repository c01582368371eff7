// HookTransport: a way to send an event to a function and to get its answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/hooks/hook.h"

namespace sallyport::hooks {

// Lambda's limit for the answer of a synchronous call.
inline constexpr size_t kGreatestAnswer = 6 * 1024 * 1024 + 100;

// arn:aws:lambda:us-east-1:123456789012:function:name:qualifier, split into its parts. For any
// other text all members except `arn` are empty.
struct Function {
  std::string arn;
  std::string region;
  std::string name;
  std::string qualifier;  // a version or an alias; empty: none
};
Function ParseArn(std::string_view arn);

struct HookAttempt {
  domain::HookOutcome outcome;
  // Another attempt may succeed; never set where the function itself has failed.
  bool again = false;
};

// Thread-safe.
class HookTransport {
 public:
  virtual ~HookTransport() = default;
  // A label for metrics and logs: "runtime", "invoke" or "https".
  virtual std::string_view name() const = 0;
  // Blocks until there is an answer, or `millis` have passed.
  virtual HookAttempt Call(const Function& function, const std::string& event, int64_t millis) = 0;
  // Ends the calls under way within about a second, and refuses further ones.
  virtual void Stop() = 0;
};

// kRaised, from what a function says that fails: {"errorMessage", "errorType"}. `otherwise` is used
// where the message is missing.
domain::HookOutcome Raised(std::string_view error_json, std::string_view otherwise);
bool HasErrorMessage(std::string_view error_json);

// kNotCalled, with AWS's code for what went wrong outside of this server.
domain::HookOutcome NotCalled(std::string code, std::string cause);
// kTimedOut.
domain::HookOutcome TimedOut(std::string cause);
// The same outcome, marked that the function has certainly not received the event.
domain::HookOutcome Undelivered(domain::HookOutcome outcome);
// kRaised: the answer is larger than Lambda allows.
domain::HookOutcome TooLarge();

}  // namespace sallyport::hooks
