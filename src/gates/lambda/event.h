// Event: what API Gateway sends to a Lambda authorizer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::lambda {

enum class Payload {
  kToken,     // {"type": "TOKEN", "authorizationToken": ..., "methodArn": ...}
  kRequest1,  // "type": "REQUEST", payload format 1.0: REST APIs, and HTTP APIs by setting
  kRequest2   // "type": "REQUEST", payload format 2.0: HTTP APIs
};

struct Event {
  Payload payload = Payload::kToken;
  // Of the method or route that is called: what a policy has to allow.
  std::string arn;
  // The values of the header with the token; for kToken its one value. Payload 2.0 has one value,
  // in which API Gateway has joined several by commas.
  std::vector<std::string> tokens;
};

inline constexpr size_t kGreatestEventBytes = 10 * 1024 * 1024;

// `token_header` is a name in lower case. An error's message says what is wrong with the event: it
// is not from API Gateway.
base::Result<Event> ParseEvent(std::string_view json, std::string_view token_header);

}  // namespace sallyport::lambda
