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
constexpr size_t kTextSaltBytes = 24;

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

using AnyKey = std::span<const uint8_t, Vault::kKeyBytes>;
using Nonce = std::span<const uint8_t, kNonceBytes>;

// Writes the ciphertext and its tag to `out`, which has room for both.
void Encrypt(AnyKey key, Nonce nonce, std::string_view context, std::string_view plain,
             uint8_t* out) {
  const Cipher cipher = MakeCipher();
  int length = 0;
  MustSucceed(EVP_EncryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, key.data(), nonce.data()) ==
              1);
  MustSucceed(EVP_EncryptUpdate(cipher.get(), nullptr, &length, base::AsBytes(context).data(),
                                Size(context.size())) == 1);
  MustSucceed(EVP_EncryptUpdate(cipher.get(), out, &length, base::AsBytes(plain).data(),
                                Size(plain.size())) == 1);
  MustSucceed(EVP_EncryptFinal_ex(cipher.get(), out + length, &length) == 1);
  MustSucceed(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, Size(kTagBytes),
                                  out + plain.size()) == 1);
}

// The inverse, of `sealed` with the tag at its end.
base::Result<std::string> Decrypt(AnyKey key, Nonce nonce, std::string_view context,
                                  std::span<const uint8_t> sealed) {
  const auto body = sealed.first(sealed.size() - kTagBytes);
  std::array<uint8_t, kTagBytes> tag{};
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  std::string plain(body.size(), '\0');
  const Cipher cipher = MakeCipher();
  int length = 0;
  MustSucceed(EVP_DecryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, key.data(), nonce.data()) ==
              1);
  MustSucceed(EVP_DecryptUpdate(cipher.get(), nullptr, &length, base::AsBytes(context).data(),
                                Size(context.size())) == 1);
  MustSucceed(EVP_DecryptUpdate(cipher.get(), reinterpret_cast<uint8_t*>(plain.data()), &length,
                                body.data(), Size(body.size())) == 1);
  MustSucceed(
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, Size(kTagBytes), tag.data()) == 1);
  uint8_t rest[16];
  if (EVP_DecryptFinal_ex(cipher.get(), rest, &length) != 1) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return base::InternalError(
        "a sealed text cannot be opened: it was sealed under another key, or changed");
  }
  return plain;
}

// The bytes of a sealed text, which begin with `head` bytes that say how it was sealed.
base::Result<std::vector<uint8_t>> SealedBytes(std::string_view sealed, size_t head) {
  std::optional<std::vector<uint8_t>> bytes = base::Base64UrlDecode(sealed);
  if (!bytes || bytes->size() < head + kTagBytes) {
    return base::InternalError("a sealed text is not as it was written");
  }
  return *std::move(bytes);
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
  const auto nonce = std::span(sealed).first<kNonceBytes>();
  base::RandomBytes(nonce);
  Encrypt(seal_key_, nonce, context, plain, sealed.data() + kNonceBytes);
  return base::Base64UrlEncode(sealed);
}

base::Result<std::string> Vault::Open(std::string_view context, std::string_view sealed) const {
  SALLYPORT_ASSIGN(const std::vector<uint8_t> bytes, SealedBytes(sealed, kNonceBytes));
  const std::span<const uint8_t> all(bytes);
  return Decrypt(seal_key_, all.first<kNonceBytes>(), context, all.subspan(kNonceBytes));
}

Vault::Key Vault::KeyFor(std::span<const uint8_t> salt) const {
  std::string mac =
      Mac("the key of a sealed text", {reinterpret_cast<const char*>(salt.data()), salt.size()});
  Key key{};
  std::copy(mac.begin(), mac.end(), key.begin());
  OPENSSL_cleanse(mac.data(), mac.size());
  return key;
}

std::string Vault::SealOneOfMany(std::string_view context, std::string_view plain) const {
  std::vector<uint8_t> sealed(kTextSaltBytes + plain.size() + kTagBytes);
  const auto salt = std::span(sealed).first<kTextSaltBytes>();
  base::RandomBytes(salt);
  Key key = KeyFor(salt);
  // The key seals nothing else.
  constexpr std::array<uint8_t, kNonceBytes> kNonce{};
  Encrypt(key, kNonce, context, plain, sealed.data() + kTextSaltBytes);
  OPENSSL_cleanse(key.data(), key.size());
  return base::Base64UrlEncode(sealed);
}

base::Result<std::string> Vault::OpenOneOfMany(std::string_view context,
                                               std::string_view sealed) const {
  SALLYPORT_ASSIGN(const std::vector<uint8_t> bytes, SealedBytes(sealed, kTextSaltBytes));
  const std::span<const uint8_t> all(bytes);
  Key key = KeyFor(all.first<kTextSaltBytes>());
  constexpr std::array<uint8_t, kNonceBytes> kNonce{};
  auto opened = Decrypt(key, kNonce, context, all.subspan(kTextSaltBytes));
  OPENSSL_cleanse(key.data(), key.size());
  return opened;
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
