// The claims of access and ID tokens. Their order and types are Cognito's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/tokens/family.h"
#include "domain/tokens/token_customisation.h"
#include "domain/users/group.h"
#include "domain/users/user.h"

namespace sallyport::domain {

// The sources of both tokens' claims.
struct ClaimSources {
  const Pool& pool;
  const Client& client;
  const User& user;
  const TokenFamily& family;
  const Groups& groups;
  const std::optional<TokenChanges>& changes;  // what the pool's function has changed
  std::string issuer;
  int64_t now = 0;    // Unix seconds
  std::string nonce;  // of the ID token; empty: none
};

// The tokens' payloads, as JSON.
std::string AccessClaims(const ClaimSources& sources);
// `access_token`: the one that is given with it.
std::string IdClaims(const ClaimSources& sources, std::string_view access_token);

}  // namespace sallyport::domain
