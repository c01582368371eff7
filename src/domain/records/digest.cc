#include "domain/records/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "base/encoding.h"

namespace sallyport::domain {

Sha256Digest Sha256Of(std::string_view text) {
  // Fetched once: OpenSSL's SHA256() looks the algorithm up each time, which takes longer than the
  // hash of a short text.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256Digest digest{};
  // It fails only when memory is exhausted.
  if (algorithm == nullptr ||
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    std::abort();
  }
  return digest;
}

std::string Sha256TextOf(std::string_view text) {
  return base::Base64UrlEncode(Sha256Of(text));
}

}  // namespace sallyport::domain
