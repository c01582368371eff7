// SECRET_HASH: with this parameter of an API call a client that has a secret proves that it knows
// it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"

namespace sallyport::domain {

// Base64 of HMAC-SHA256 over the user name followed by the client id. The key is the client's
// secret.
std::string SecretHash(std::string_view secret, std::string_view name, std::string_view client_id);

// Succeeds where `given` is the hash for one of `names` under one of the client's secrets, and
// where the client has no secret and `given` is empty. Otherwise NotAuthorizedException "Client
// {id} is configured with secret but SECRET_HASH was not received" or "Unable to verify secret hash
// for client {id}".
base::Status CheckSecretHash(const Vault& vault, const Client& client, std::string_view given,
                             std::initializer_list<std::string_view> names);

}  // namespace sallyport::domain
