// make_keys FILE: writes RSA keys of 2048 bits as C arrays of PKCS#8, for ready_keys.cc.
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>

namespace {

constexpr int kKeys = 24;

bool WriteKey(std::FILE* file) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  PKCS8_PRIV_KEY_INFO* info = key != nullptr ? EVP_PKEY2PKCS8(key) : nullptr;
  unsigned char* der = nullptr;
  const int size = info != nullptr ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
  std::fprintf(file, "{");
  for (int i = 0; i < size; ++i) std::fprintf(file, "%d,", der[i]);
  std::fprintf(file, "},\n");
  OPENSSL_free(der);
  PKCS8_PRIV_KEY_INFO_free(info);
  EVP_PKEY_free(key);
  return size > 0;
}

}  // namespace

int main(int count, char** words) {
  std::FILE* file = count == 2 ? std::fopen(words[1], "w") : nullptr;
  if (file == nullptr) return 1;
  bool made = true;
  for (int i = 0; i < kKeys; ++i) made = WriteKey(file) && made;
  return std::fclose(file) == 0 && made ? 0 : 1;
}
