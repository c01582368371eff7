#include "forge.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "base/encoding.h"

namespace sallyport::jose {

const SigningKey& TestKey() {
  static const SigningKey key = SigningKey::Generate().value();
  return key;
}

std::string Sign(std::string_view signing_input) {
  static EVP_PKEY* const key = [] {
    const base::Secret der = TestKey().ToPkcs8();
    const uint8_t* at = base::AsBytes(der.Reveal()).data();
    return d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.Reveal().size()));
  }();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::vector<uint8_t> signature(256);
  size_t size = signature.size();
  const auto bytes = base::AsBytes(signing_input);
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1) {
    std::abort();
  }
  return std::string(signing_input) + "." + base::Base64UrlEncode(signature);
}

std::string Forge(std::string_view header, std::string_view payload) {
  return Sign(base::Base64UrlEncode(base::AsBytes(header)) + "." +
              base::Base64UrlEncode(base::AsBytes(payload)));
}

}  // namespace sallyport::jose
