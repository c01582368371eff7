// One POST of an event, as both transports by outgoing HTTP make it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "hooks/hook_transport.h"
#include "outgoing/curl.h"

namespace sallyport::hooks {

struct PostAnswer {
  // Set: there is no answer, and this is why.
  bool failed = false;
  HookAttempt failure;

  long status = 0;
  std::string body;
  std::string function_error;  // X-Amz-Function-Error
  std::string error_code;      // x-amzn-ErrorType, without what follows a colon
};

// The address that an event is posted to, and the whole of its time. `prepare` sets what is the
// transport's own. `stop` ends it.
struct Post {
  std::string url;
  int64_t millis;
  std::function<void(CURL*, outgoing::CurlList&)> prepare;
};
PostAnswer Send(outgoing::Handles& handles, const Post& post, const std::string& event,
                const std::atomic<bool>& stop);

// What an answer means that is neither the function's event nor its error: the service would not
// call it.
HookAttempt Refused(const PostAnswer& answer);

}  // namespace sallyport::hooks
