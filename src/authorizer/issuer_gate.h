// IssuerGate: decides on the tokens of one issuer by public keys that it is given, and without a
// Replica: so a revocation has no effect here, and the time is the host's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authorizer/gate.h"
#include "authorizer/rule.h"
#include "base/clock.h"

namespace sallyport::authorizer {

// Not thread-safe.
class IssuerGate {
 public:
  // `clock` must outlive it.
  IssuerGate(std::string issuer, const base::Clock& clock)
      : issuer_(std::move(issuer)), clock_(clock) {}

  // Trusts no key any more. Afterwards, key() of the tokens of earlier decisions must not be used.
  void Forget() { keys_.clear(); }
  // Precondition: jose::PublicKey::FromJwk accepts `jwk`, and `kid` is its name.
  void Trust(std::string_view kid, std::string_view jwk);

  // Whatever a Gate checks of a token in the mode `stateless`, in the same order. A cause other
  // than the token itself, such as that there are no keys, is UNKNOWN_KEY.
  Decision Authorize(const Rule& rule, std::string_view compact);

 private:
  const std::string issuer_;
  const base::Clock& clock_;
  const std::shared_ptr<TokenMemory> memory_ = std::make_shared<TokenMemory>();
  std::vector<std::unique_ptr<IssuerKey>> keys_;
};

}  // namespace sallyport::authorizer
