#include "domain/clients/secret_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/encoding.h"
#include "base/secret.h"
#include "domain/errors.h"

namespace sallyport::domain {

std::string SecretHash(std::string_view secret, std::string_view name, std::string_view client_id) {
  const std::string message = std::string(name) + std::string(client_id);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(message.data()), message.size(), mac.data(), &size);
  return base::Base64Encode(std::span(mac).first(size));
}

base::Status CheckSecretHash(const Vault& vault, const Client& client, std::string_view given,
                             std::initializer_list<std::string_view> names) {
  if (client.secrets.empty() && given.empty()) return {};
  if (given.empty()) {
    return error::kSecretHashMissing(client.id);
  }
  for (const ClientSecret& secret : client.secrets) {
    SALLYPORT_ASSIGN(const base::Secret value, OpenSecret(vault, secret));
    for (const std::string_view name : names) {
      if (name.empty()) continue;
      if (base::ConstantTimeEqual(given, SecretHash(value.Reveal(), name, client.id))) return {};
    }
  }
  return error::kSecretHashWrong(client.id);
}

}  // namespace sallyport::domain
