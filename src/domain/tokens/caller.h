// AccessTokenCaller: the caller of an operation that is called with an access token.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"
#include "jose/token.h"

namespace sallyport::domain {

struct AccessTokenCaller {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  User user;
  TokenFamily family;
  jose::VerifiedToken token;
};

// Checks everything about the token: its signature by a key of the pool, issuer, token_use, expiry,
// `scope` (empty: any scope), client, family and user. Otherwise NotAuthorizedException "Invalid
// Access Token", "Access Token has expired", "Access Token has been revoked", "User is disabled.",
// or "Access Token does not have required scopes".
base::Result<AccessTokenCaller> CheckAccessToken(
    const Services& services, std::string_view token,
    std::string_view scope = "aws.cognito.signin.user.admin");

// Whether this server has signed the token for one of its pools. It may have expired, or have been
// revoked.
bool WasIssuedHere(const Services& services, std::string_view token);

// What an ID token says that this server signed for one of its pools. It may have expired, and what
// it stands for may be over.
struct GivenIdToken {
  std::string pool_id;
  std::string client_id;
  std::string sub;
};
// kIdTokenHintInvalid (errors.h) where the text is not such a token.
base::Result<GivenIdToken> ReadIdToken(const Services& services, std::string_view token);

}  // namespace sallyport::domain
