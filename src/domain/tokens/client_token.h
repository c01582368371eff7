// ClientToken: the access token that a client gets for itself, without a user (RFC 6749, section
// 4.4; GetClientToken). It belongs to no family, and can be revoked by its jti or with its client.
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

// What the token will contain, before a function changes it, and the key that will sign it.
struct ClientToken {
  std::shared_ptr<const Pool> pool;
  std::shared_ptr<const Client> client;
  std::string scope;  // space-separated
  std::shared_ptr<const TokenKey> key;
  int64_t now_millis = 0;                    // TimeToIssue, taken before everything else was read
  boost::json::object client_metadata = {};  // for the pool's function
};

// `requested`: each must be one of the client's scopes that a resource server still has; empty: all
// such scopes of the client. `client` has proved itself and was read by `reader`.
// InvalidParameterException where a scope is not granted or none is left; ResourceNotFoundException
// where the pool does not exist any more.
// `now`: TimeToIssue, taken before the client was read.
base::Result<ClientToken> PrepareClientToken(const Services& services, store::Reader& reader,
                                             const base::Result<int64_t>& now,
                                             const std::shared_ptr<const Client>& client,
                                             const std::vector<std::string>& requested);

// What AuthenticateClient of the endpoints, or GetClientToken, and PrepareClientToken read
// (store/read_ahead.h). Nothing rests on it.
store::Expecting ExpectClientToken(const Services& services, std::string_view client_id,
                                   const std::vector<std::string>& requested);

// Asks the pool's Pre Token Generation function, if it has one of version V3_0, and signs the
// token. No commit is needed: a revocation of the client covers every token that was signed before
// it. No reader of the store is held meanwhile. `user_agent` is the caller's, for the function.
// ResourceNotFoundException where the client or the pool was deleted before the function answered;
// and the errors of AskTokenChanges.
base::Result<std::string> IssueClientToken(const Services& services, const ClientToken& token,
                                           std::string_view user_agent);

}  // namespace sallyport::domain
