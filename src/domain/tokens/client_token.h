// ClientToken: the access token that a client gets for itself, with no user (RFC 6749 section 4.4,
// GetClientToken). It belongs to no family: its jti and its client are what can be revoked.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::domain {

struct TokenKey;

// All that the token will say but for what a function changes, and what signs it.
struct ClientToken {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  std::string scope;  // space-separated
  std::shared_ptr<const TokenKey> key;
  boost::json::object client_metadata = {};  // for the function
};

// `requested`: each must be one of the client's scopes, and its resource server must still have it;
// empty: all of the client's that do. `client` has proved itself and was read by `reader`.
// InvalidParameterException where a scope is not granted or none is left; ResourceNotFoundException
// where the pool is gone.
base::Result<ClientToken> PrepareClientToken(const Services& services, store::Reader& reader,
                                             const std::shared_ptr<const Client>& client,
                                             const std::vector<std::string>& requested);

// Asks the pool's Pre Token Generation function, if it has one of V3_0, and signs. No commit: a
// revocation of the client names whatever was signed before it. No reader of the store is held.
// `user_agent`: of the caller, for the function. ResourceNotFoundException where the client or the
// pool is gone when the function has answered; AskTokenChanges' errors.
base::Result<std::string> IssueClientToken(const Services& services, const ClientToken& token,
                                           std::string_view user_agent);

}  // namespace sallyport::domain
