#include "domain/keys/vault.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/random.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

int Size(size_t size) {
  return static_cast<int>(size);
}

// The primitives fail only when memory is exhausted or the library is broken; then nothing can be
// answered.
void MustSucceed(bool done) {
  if (!done) std::abort();
}

std::string HmacSha256(std::span<const uint8_t> key, std::string_view text) {
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  MustSucceed(HMAC(EVP_sha256(), key.data(), Size(key.size()), base::AsBytes(text).data(),
                   text.size(), reinterpret_cast<uint8_t*>(mac.data()), &length) != nullptr);
  return mac;
}

// Fetched once, because each use of EVP_aes_256_gcm()'s result would fetch it again.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  MustSucceed(cipher != nullptr);
  return cipher;
}

Cipher MakeCipher() {
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  MustSucceed(cipher != nullptr);
  return cipher;
}

}  // namespace

Vault::Vault(std::span<const uint8_t, kKeyBytes> key) {
  // Derives a key for each use (the expansion step of RFC 5869 with one block of output; the input
  // is uniform already).
  const auto derive = [&key](std::string_view label, Key& out) {
    std::string block = HmacSha256(key, label);
    std::copy(block.begin(), block.end(), out.begin());
    OPENSSL_cleanse(block.data(), block.size());
  };
  derive("sallyport seal\x01", seal_key_);
  Key mac_key{};
  derive("sallyport mac\x01", mac_key);
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  mac_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);
  std::string digest = OSSL_DIGEST_NAME_SHA2_256;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  MustSucceed(mac_ != nullptr &&
              EVP_MAC_init(mac_.get(), mac_key.data(), mac_key.size(), parameters) == 1);
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
}

Vault::~Vault() {
  OPENSSL_cleanse(seal_key_.data(), seal_key_.size());
}

void Vault::FreeMac::operator()(EVP_MAC_CTX* context) const {
  EVP_MAC_CTX_free(context);
}

std::string Vault::Seal(std::string_view context, std::string_view plain) const {
  std::vector<uint8_t> sealed(kNonceBytes + plain.size() + kTagBytes);
  uint8_t* const nonce = sealed.data();
  uint8_t* const body = nonce + kNonceBytes;
  base::RandomBytes({nonce, kNonceBytes});
  const Cipher cipher = MakeCipher();
  int length = 0;
  MustSucceed(EVP_EncryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, seal_key_.data(), nonce) == 1);
  MustSucceed(EVP_EncryptUpdate(cipher.get(), nullptr, &length, base::AsBytes(context).data(),
                                Size(context.size())) == 1);
  MustSucceed(EVP_EncryptUpdate(cipher.get(), body, &length, base::AsBytes(plain).data(),
                                Size(plain.size())) == 1);
  MustSucceed(EVP_EncryptFinal_ex(cipher.get(), body + length, &length) == 1);
  MustSucceed(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, Size(kTagBytes),
                                  body + plain.size()) == 1);
  return base::Base64UrlEncode(sealed);
}

base::Result<std::string> Vault::Open(std::string_view context, std::string_view sealed) const {
  std::optional<std::vector<uint8_t>> bytes = base::Base64UrlDecode(sealed);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) {
    return base::InternalError("a sealed text is not as it was written");
  }
  const size_t size = bytes->size() - kNonceBytes - kTagBytes;
  const uint8_t* const body = bytes->data() + kNonceBytes;
  std::string plain(size, '\0');
  const Cipher cipher = MakeCipher();
  int length = 0;
  MustSucceed(
      EVP_DecryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, seal_key_.data(), bytes->data()) == 1);
  MustSucceed(EVP_DecryptUpdate(cipher.get(), nullptr, &length, base::AsBytes(context).data(),
                                Size(context.size())) == 1);
  MustSucceed(EVP_DecryptUpdate(cipher.get(), reinterpret_cast<uint8_t*>(plain.data()), &length,
                                body, Size(size)) == 1);
  MustSucceed(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, Size(kTagBytes),
                                  bytes->data() + kNonceBytes + size) == 1);
  uint8_t rest[16];
  if (EVP_DecryptFinal_ex(cipher.get(), rest, &length) != 1) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return base::InternalError(
        "a sealed text cannot be opened: it was sealed under another key, or changed");
  }
  return plain;
}

std::string Vault::Mac(std::string_view purpose, std::string_view text) const {
  const MacContext context(EVP_MAC_CTX_dup(mac_.get()));
  const auto add = [&context](std::string_view bytes) {
    return EVP_MAC_update(context.get(), base::AsBytes(bytes).data(), bytes.size()) == 1;
  };
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  size_t length = 0;
  MustSucceed(context != nullptr && add(purpose) && add(std::string_view("\0", 1)) && add(text) &&
              EVP_MAC_final(context.get(), reinterpret_cast<uint8_t*>(mac.data()), &length,
                            mac.size()) == 1);
  return mac;
}

std::string VaultMark(const Vault& vault) {
  return base::Base64UrlEncode(base::AsBytes(vault.Mac("store", "")));
}

std::string KeyFingerprint(std::string_view mark) {
  constexpr size_t kShown = 8;
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(base::AsBytes(mark).data(), mark.size(), digest.data());
  return base::HexEncode(std::span(digest).first(kShown));
}

base::Result<bool> IsBound(store::Store& store) {
  SALLYPORT_ASSIGN(const std::optional<std::string> mark, store.Get(kVaultMarkRecord));
  return mark.has_value();
}

base::Result<bool> BindVault(store::Store& store, const Vault& vault) {
  const std::string mark = VaultMark(vault);
  bool bound = false;
  auto committed = store.Update([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::optional<std::string> present, tx.Get(kVaultMarkRecord));
    bound = !present || *present == mark;
    return present ? base::Status() : tx.Put(kVaultMarkRecord, mark, {});
  });
  if (!committed) return std::move(committed).error();
  SALLYPORT_TRY(committed->outcome);
  return bound;
}

}  // namespace sallyport::domain
