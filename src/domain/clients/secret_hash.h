// SECRET_HASH: how a client with a secret proves itself in the API's calls.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"

namespace sallyport::domain {

// Base64 of HMAC-SHA256 over the name and the client id, keyed by the secret.
std::string SecretHash(std::string_view secret, std::string_view name, std::string_view client_id);

// `given` (empty: none) is the hash under one of the client's secrets for one of `names`, or the
// client has no secret and none was given. NotAuthorizedException "Client {id} is configured with
// secret but SECRET_HASH was not received" or "Unable to verify secret hash for client {id}".
base::Status CheckSecretHash(const Vault& vault, const Client& client, std::string_view given,
                             std::initializer_list<std::string_view> names);

}  // namespace sallyport::domain
