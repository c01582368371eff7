#include "delivery/encryption_sdk.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/encoding.h"
#include "base/random.h"

namespace sallyport::delivery {
namespace {

constexpr char kVersion = 2;
constexpr uint16_t kSuite = 0x0478;
constexpr size_t kMessageIdBytes = 32;
constexpr size_t kKeyBytes = 32;
constexpr size_t kIvBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr char kFramed = 2;
constexpr uint32_t kFrameBytes = 4096;
constexpr uint32_t kFinalFrame = 0xffffffff;
constexpr uint32_t kFirst = 1;  // the sequence number
constexpr std::string_view kFinalFrameText = "AWSKMSEncryptionClient Final Frame";

template <typename Number>
std::string BigEndian(Number number) {
  std::string bytes;
  for (size_t shift = sizeof(Number) * 8; shift > 0; shift -= 8) {
    bytes += static_cast<char>((number >> (shift - 8)) & 0xff);
  }
  return bytes;
}

// Preceded by the length in two bytes.
std::string Counted(std::string_view bytes) {
  return BigEndian(static_cast<uint16_t>(bytes.size())) + std::string(bytes);
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// HKDF (RFC 5869) with SHA-512.
std::optional<base::Secret> Derive(const base::Secret& key, std::string salt, std::string info) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
      EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr, EVP_KDF_CTX_free);
  std::string digest = "SHA512";
  std::string secret(key.Reveal());
  const std::array params{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::string derived(kKeyBytes, '\0');
  const bool done =
      context && EVP_KDF_derive(context.get(), Bytes(derived), derived.size(), params.data()) == 1;
  base::Wipe(secret);
  base::Secret result(std::move(derived));
  if (!done) return std::nullopt;
  return result;
}

struct Sealed {
  std::string text;
  std::string tag;
};

// AES-256-GCM.
std::optional<Sealed> Seal(const base::Secret& key, std::string_view iv, std::string_view aad,
                           std::string_view text) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Sealed sealed{std::string(text.size(), '\0'), std::string(kTagBytes, '\0')};
  int written = 0;
  std::array<unsigned char, kTagBytes> nothing{};
  const bool done =
      context &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.Reveal()),
                         Bytes(iv)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &written, Bytes(aad),
                        static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), Bytes(sealed.text), &written, Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), nothing.data(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, sealed.tag.data()) == 1;
  if (!done) return std::nullopt;
  return sealed;
}

std::string Serialised(const EncryptionContext& context) {
  if (context.empty()) return {};
  std::string pairs = BigEndian(static_cast<uint16_t>(context.size()));
  for (const auto& [name, value] : context) pairs += Counted(name) + Counted(value);
  return pairs;
}

std::string Header(const DataKey& key, const EncryptionContext& context,
                   std::string_view message_id, std::string_view commitment) {
  std::string header(1, kVersion);
  header += BigEndian(kSuite);
  header += message_id;
  header += Counted(Serialised(context));
  header += BigEndian(uint16_t{1});
  header += Counted("aws-kms") + Counted(key.key_arn) + Counted(key.encrypted);
  header += kFramed;
  header += BigEndian(kFrameBytes);
  header += commitment;
  return header;
}

}  // namespace

base::Result<std::string> EncryptMessage(const DataKey& key, const EncryptionContext& context,
                                         std::string_view text) {
  if (key.plain.Reveal().size() != kKeyBytes || text.size() > kFrameBytes) {
    return base::InternalError("the data key or the text has the wrong size");
  }
  std::array<uint8_t, kMessageIdBytes> random{};
  base::RandomBytes(random);
  const std::string message_id(random.begin(), random.end());
  const auto encryption_key = Derive(key.plain, message_id, BigEndian(kSuite) + "DERIVEKEY");
  const auto commitment = Derive(key.plain, message_id, "COMMITKEY");
  if (!encryption_key || !commitment) return base::InternalError("HKDF");
  std::string message = Header(key, context, message_id, commitment->Reveal());
  const auto header = Seal(*encryption_key, std::string(kIvBytes, '\0'), message, "");
  const std::string iv = std::string(kIvBytes - sizeof(kFirst), '\0') + BigEndian(kFirst);
  const std::string aad = message_id + std::string(kFinalFrameText) + BigEndian(kFirst) +
                          BigEndian(static_cast<uint64_t>(text.size()));
  const auto frame = Seal(*encryption_key, iv, aad, text);
  if (!header || !frame) return base::InternalError("AES-GCM");
  message += header->tag;
  message += BigEndian(kFinalFrame) + BigEndian(kFirst) + iv;
  message += BigEndian(static_cast<uint32_t>(text.size())) + frame->text + frame->tag;
  return message;
}

}  // namespace sallyport::delivery
