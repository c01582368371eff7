// Replaces OpenSSL's EVP_PKEY_Q_keygen, which EVP_RSA_gen calls: the first RSA keys of 2048 bits of
// a process are those that the build has made, each used once; later ones are generated.
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <atomic>
#include <cstdarg>
#include <cstring>
#include <iterator>
#include <vector>

namespace {

const std::vector<unsigned char> kKeys[] = {
#include "ready_keys.inc"
};
constexpr size_t kBits = 2048;

EVP_PKEY* Ready() {
  static std::atomic<size_t> used{0};
  const size_t next = used++;
  if (next >= std::size(kKeys)) return nullptr;
  const unsigned char* at = kKeys[next].data();
  PKCS8_PRIV_KEY_INFO* info =
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(kKeys[next].size()));
  EVP_PKEY* key = info != nullptr ? EVP_PKCS82PKEY(info) : nullptr;
  PKCS8_PRIV_KEY_INFO_free(info);
  return key;
}

EVP_PKEY* Generated(OSSL_LIB_CTX* library, const char* properties, size_t bits) {
  EVP_PKEY* key = nullptr;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(library, "RSA", properties);
  if (context != nullptr && EVP_PKEY_keygen_init(context) > 0 &&
      EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits)) > 0) {
    EVP_PKEY_generate(context, &key);
  }
  EVP_PKEY_CTX_free(context);
  return key;
}

}  // namespace

extern "C" EVP_PKEY* EVP_PKEY_Q_keygen(OSSL_LIB_CTX* library, const char* properties,
                                       const char* type, ...) {
  if (std::strcmp(type, "RSA") != 0) return nullptr;  // nothing else is generated here
  va_list arguments;
  va_start(arguments, type);
  const size_t bits = va_arg(arguments, size_t);
  va_end(arguments);
  EVP_PKEY* key = bits == kBits ? Ready() : nullptr;
  return key != nullptr ? key : Generated(library, properties, bits);
}
