// Hook: the call of the function that a pool's LambdaConfig names for a trigger, with AWS's event;
// the function answers with AWS's response.
//
// Called in the prepare step, once, never within a commit and with no reader of the store held: it
// may take seconds, and may call this server back, for the same user too.
// Source: "Customizing user pool workflows with Lambda triggers", Amazon Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/hooks/trigger.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/users/user.h"

namespace sallyport::domain {

const HookFunction& HookFunctionOf(const Pool& pool, Trigger trigger);

// One event, but for what all events share (version, region, userPoolId).
struct HookCall {
  Trigger trigger = Trigger::kPreSignUp;
  std::string_view source = {};    // triggerSource: "PreSignUp_SignUp"
  std::string_view username = {};  // userName; empty: null
  std::string_view client_id =
      {};  // empty: "CLIENT_ID_NOT_APPLICABLE", of calls that name no client
  std::string_view user_agent = {};  // of the caller; callerContext.awsSdkVersion is made from it
  boost::json::object request = {};
  // What the function may set, with the values that AWS sends: mostly null.
  boost::json::object response = {};
  // Set to false where it is certain that the function has not had the event, and else to true;
  // nullptr where the caller does not need to know.
  bool* delivered = nullptr;
};

// event.response of the function's answer; a member that it should have may be missing or of
// another type (error::kHookAnswerUnrecognized). The pool has the function (HookFunctionOf).
//
// Errors, after as many attempts as the HookRunner makes:
// - UserLambdaValidationException: the function raised an error, whose message is passed on;
// - UnexpectedLambdaException: it could not be called, or did not answer in time;
// - InvalidLambdaResponseException: its answer is not JSON, or not an event.
base::Result<boost::json::object> CallHook(const Services& services, const Pool& pool,
                                           HookCall call);

// Whether it is one of the three errors of CallHook, and so about a function, not about the call.
bool IsHookError(const base::Error& error);

// event.request.userAttributes of a user who exists: all attributes as text, "sub", and
// "cognito:user_status".
boost::json::object HookAttributes(const User& user);

// How one call of a function ended.
struct HookOutcome {
  enum class Kind {
    kAnswered,   // text: the answer, as received
    kRaised,     // text: the error's message
    kNotCalled,  // text: AWS's code for why: "AccessDeniedException", "TooManyRequestsException"
    kTimedOut,
  };
  Kind kind = Kind::kNotCalled;
  std::string text;
  std::string cause;  // for the log alone
  // It is certain that the function has not had the event, in none of the attempts.
  bool undelivered = false;
};

// Calls functions; layer hooks has the transports for it.
class HookRunner {
 public:
  virtual ~HookRunner() = default;
  // Blocks until the function has answered or its time is up, all attempts together, beside the
  // threads of the worker pools. Thread-safe. `event` is the event's JSON.
  virtual HookOutcome Run(std::string_view arn, const std::string& event) = 0;
};

}  // namespace sallyport::domain
