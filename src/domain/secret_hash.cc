#include "domain/secret_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/encoding.h"
#include "base/secret.h"

namespace sallyport::domain {

std::string SecretHash(const Client& client, std::string_view name) {
  const std::string message = std::string(name) + client.id;
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), client.secret.data(), static_cast<int>(client.secret.size()),
       reinterpret_cast<const uint8_t*>(message.data()), message.size(), mac.data(), &size);
  return base::Base64Encode(std::span(mac).first(size));
}

base::Status CheckSecretHash(const Client& client, std::string_view given,
                             std::initializer_list<std::string_view> names) {
  if (client.secret.empty() && given.empty()) return {};
  if (given.empty()) {
    return base::Error{
        "NotAuthorizedException",
        "Client " + client.id + " is configured with secret but SECRET_HASH was not received", ""};
  }
  if (!client.secret.empty()) {
    for (const std::string_view name : names) {
      if (!name.empty() && base::ConstantTimeEqual(given, SecretHash(client, name))) return {};
    }
  }
  return base::Error{"NotAuthorizedException",
                     "Unable to verify secret hash for client " + client.id, ""};
}

}  // namespace sallyport::domain
