// A client assertion: how an app client authenticates with a key of its own, whose public half this
// server knows (private_key_jwt: OpenID Connect Core section 9, RFC 7523 section 3). It is a JWT by
// RS256, whose kid names one of ClientSettings::client_keys; `iss` and `sub` are the client, `aud`
// is the pool's issuer or its token endpoint, `exp` is at most an hour away, and each `jti` is
// accepted once.
//
// Record "client-assertion/{SHA-256 of client and jti}": one that was used. It stays until the
// assertion has expired.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::domain {

struct Client;
struct Services;

// Sort ExpirySort(when the assertion has expired, by the watched time).
inline constexpr std::string_view kClientAssertionsByExpiry = "client-assertions-by-expiry";

enum class AssertionUse {
  kOnce,   // a second use is refused; commits
  kAgain,  // a second use is accepted, and nothing is stored: for a revocation, which may be
           // repeated
};

// kInvalidClient (errors.h) where the assertion does not prove that the caller is the client;
// otherwise an error of the store.
base::Status CheckClientAssertion(const Services& services, const Client& client,
                                  std::string_view assertion, AssertionUse use);

// The kid of one of ClientSettings::client_keys. The cause of the error says why it is no such key.
base::Result<std::string> KidOfClientKey(std::string_view jwk);

}  // namespace sallyport::domain
