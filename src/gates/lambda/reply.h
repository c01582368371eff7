// Reply: what API Gateway gets from a Lambda authorizer.
#pragma once

#include <string>

#include "authorizer/gate.h"
#include "base/result.h"
#include "lambda/event.h"
#include "lambda/settings.h"

namespace sallyport::lambda {

// What a policy's Resource may have at most; API Gateway answers 500 to a longer one.
inline constexpr size_t kGreatestResource = 512;

struct Reply {
  // The function fails: API Gateway answers 401 if the message is "Unauthorized", otherwise 500.
  bool failed = false;
  std::string body;  // JSON
};

// The reply to a decision: a policy or a simple response that allows; the error "Unauthorized"; or,
// for a missing scope where the settings say so, what API Gateway answers with 403. The context has
// the token's claims, each as a string: an array is "[a b]" for HTTP APIs, and "a,b" for REST APIs.
Reply ReplyTo(const Settings& settings, const Event& event, authorizer::Decision& decision);

// The function cannot decide, so API Gateway answers 500. The message is for the log only.
Reply Failure(const base::Error& error);

}  // namespace sallyport::lambda
