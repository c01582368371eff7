// Posts an event, for the two transports that use outgoing HTTP.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "hooks/hook_transport.h"
#include "outgoing/curl.h"

namespace sallyport::hooks {

struct PostAnswer {
  // True: there is no answer, and `failure` says why.
  bool failed = false;
  HookAttempt failure;

  long status = 0;
  std::string body;
  std::string function_error;  // X-Amz-Function-Error
  std::string error_code;      // x-amzn-ErrorType, without the part after a colon
};

// Where an event is posted, and the time limit for the whole call. `prepare` sets the transport's
// own options. Setting `stop` ends the call.
struct Post {
  std::string url;
  int64_t millis;
  std::function<void(CURL*, outgoing::CurlList&)> prepare;
};
PostAnswer Send(outgoing::Handles& handles, const Post& post, const std::string& event,
                const std::atomic<bool>& stop);

// The outcome for an answer that is neither the function's event nor its error: the service did not
// call the function.
HookAttempt Refused(const PostAnswer& answer);

}  // namespace sallyport::hooks
