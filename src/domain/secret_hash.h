// SECRET_HASH: how a client with a secret proves itself in the API's calls.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"

namespace sallyport::domain {

// Base64 of HMAC-SHA256 over the name and the client id, keyed by the client's secret.
std::string SecretHash(const Client& client, std::string_view name);

// `given` (empty: none) is the hash for one of `names`, or the client has no secret and none was
// given. NotAuthorizedException "Client {id} is configured with secret but SECRET_HASH was not
// received" or "Unable to verify secret hash for client {id}".
base::Status CheckSecretHash(const Client& client, std::string_view given,
                             std::initializer_list<std::string_view> names);

}  // namespace sallyport::domain
