// Hook: one call of a pool's function, as AWS calls a Lambda trigger. The pool's LambdaConfig names
// the function; it is sent AWS's event and answers with AWS's response.
//
// A hook runs once, in the prepare step of an operation: never within a commit, and while no reader
// of the store is held. It may take seconds, and the function may call this server meanwhile, even
// for the same user. Source: "Customizing user pool workflows with Lambda triggers", Amazon Cognito
// developer guide.
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

// One event, without what all events share (version, region, userPoolId).
struct HookCall {
  Trigger trigger = Trigger::kPreSignUp;
  std::string_view source = {};    // triggerSource, for example "PreSignUp_SignUp"
  std::string_view username = {};  // userName; empty: null
  // Empty for a call that names no client: then it is "CLIENT_ID_NOT_APPLICABLE".
  std::string_view client_id = {};
  std::string_view user_agent = {};  // of the caller; callerContext.awsSdkVersion is made from it
  boost::json::object request = {};
  // The members that the function may set, with the values that AWS sends: mostly null.
  boost::json::object response = {};
  // Set to false where the function has certainly not received the event, otherwise to true. May be
  // nullptr.
  bool* delivered = nullptr;
};

// Gives event.response of the function's answer. Members that the answer should have may be missing
// or of another type (error::kHookAnswerUnrecognized). The pool must have the function
// (HookFunctionOf).
//
// Errors, after as many attempts as the HookRunner makes:
// - UserLambdaValidationException: the function raised an error; its message is passed on;
// - UnexpectedLambdaException: the function could not be called, or did not answer in time;
// - InvalidLambdaResponseException: the answer is not JSON, or not an event.
base::Result<boost::json::object> CallHook(const Services& services, const Pool& pool,
                                           HookCall call);

// Whether it is one of the three errors of CallHook: then the function failed, and not the call.
bool IsHookError(const base::Error& error);

// event.request.userAttributes for an existing user: all attributes as strings, with "sub" and
// "cognito:user_status".
boost::json::object HookAttributes(const User& user);

// How one call of a function ended.
struct HookOutcome {
  enum class Kind {
    kAnswered,  // text: the answer as it was received
    kRaised,    // text: the message of the error that the function raised
    // Text: AWS's code for the reason: "AccessDeniedException", "TooManyRequestsException".
    kNotCalled,
    kTimedOut,
  };
  Kind kind = Kind::kNotCalled;
  std::string text;
  std::string cause;  // for the log only
  // The function has certainly not received the event in any of the attempts.
  bool undelivered = false;
};

// Calls functions. The transports are in layer `hooks`.
class HookRunner {
 public:
  virtual ~HookRunner() = default;
  // Blocks until the function has answered or the time for all attempts together is up. It does so
  // outside of the worker pools' threads. Thread-safe. `event` is the event as JSON.
  virtual HookOutcome Run(std::string_view arn, const std::string& event) = 0;
};

}  // namespace sallyport::domain
