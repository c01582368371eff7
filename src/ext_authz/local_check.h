// LocalCheck: what can be decided about a token on this host, without asking anybody: by the
// Replica, or by the keys that an issuer publishes.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "authorizer/rule.h"
#include "ext_authz/mode.h"
#include "inquiry/issuer_keys.h"

namespace sallyport::ext_authz {

// Used by one thread.
class LocalCheck {
 public:
  virtual ~LocalCheck() = default;
  virtual authorizer::Decision Authorize(std::string_view token) = 0;
};

// Makes one thread's object. Called on that thread; may be called by several threads at once.
using MakeLocalCheck = std::function<std::unique_ptr<LocalCheck>(const Thread& thread)>;

// By the keys of the Replica; rule.mode() says whether by its lease and its revocations, too.
MakeLocalCheck ByReplica(authorizer::Rule rule);
// Precondition: the rule has one issuer, which publishes `keys`. The threads share them.
MakeLocalCheck ByIssuerKeys(authorizer::Rule rule, std::shared_ptr<inquiry::IssuerKeys> keys);

}  // namespace sallyport::ext_authz
