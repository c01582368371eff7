#include "srp_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <ctime>
#include <vector>

#include "base/encoding.h"

namespace sallyport::domain {

namespace {

constexpr char kGroup[] =
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404"
    "DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7"
    "ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF"
    "5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE"
    "3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA05"
    "10"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4"
    "C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B20"
    "0C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFF"
    "FF";

std::string Unhex(std::string_view hex) {
  const auto bytes = base::HexDecode(hex);
  return std::string(bytes->begin(), bytes->end());
}

std::string HashHex(std::string_view bytes) {
  uint8_t hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hash);
  return base::HexEncode(hash);
}

std::string Hmac(std::string_view key, std::string_view message) {
  uint8_t mac[SHA256_DIGEST_LENGTH];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const uint8_t*>(message.data()), message.size(), mac, &size);
  return std::string(reinterpret_cast<const char*>(mac), size);
}

}  // namespace

SrpClient::Number SrpClient::FromHex(std::string_view hex) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, std::string(hex).c_str());
  return Number(number);
}

std::string SrpClient::PadHex(const BIGNUM* number) {
  char* text = BN_bn2hex(number);
  std::string hex(text);
  OPENSSL_free(text);
  if (hex.size() % 2 == 1) hex.insert(0, "0");
  if (std::string_view("89ABCDEF").find(hex[0]) != std::string_view::npos) hex.insert(0, "00");
  return hex;
}

SrpClient::SrpClient() : n_(FromHex(kGroup)), a_(BN_new()), a_public_(BN_new()) {
  BN_rand(a_.get(), 256, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_CTX* context = BN_CTX_new();
  BN_mod_exp(a_public_.get(), FromHex("2").get(), a_.get(), n_.get(), context);
  BN_CTX_free(context);
}

std::string SrpClient::PublicValue() const {
  char* text = BN_bn2hex(a_public_.get());
  std::string hex(text);
  OPENSSL_free(text);
  return hex;
}

std::string SrpClient::Signature(std::string_view pool_id, std::string_view user_id,
                                 std::string_view password, std::string_view salt_hex,
                                 std::string_view server_value_hex, std::string_view secret_block,
                                 std::string_view timestamp) const {
  const std::string pool_name(pool_id.substr(pool_id.find('_') + 1));
  BN_CTX* context = BN_CTX_new();
  const Number server = FromHex(server_value_hex), g = FromHex("2"), salt = FromHex(salt_hex);
  const Number k = FromHex(HashHex(Unhex(PadHex(n_.get()) + PadHex(g.get()))));
  const Number u = FromHex(HashHex(Unhex(PadHex(a_public_.get()) + PadHex(server.get()))));
  const std::string identity =
      HashHex(pool_name + std::string(user_id) + ":" + std::string(password));
  const Number x = FromHex(HashHex(Unhex(PadHex(salt.get()) + identity)));
  // S = (B - k * g^x)^(a + u * x)
  const Number base(BN_new()), exponent(BN_new()), shared(BN_new());
  BN_mod_exp(base.get(), g.get(), x.get(), n_.get(), context);
  BN_mod_mul(base.get(), base.get(), k.get(), n_.get(), context);
  BN_mod_sub(base.get(), server.get(), base.get(), n_.get(), context);
  BN_mul(exponent.get(), u.get(), x.get(), context);
  BN_add(exponent.get(), exponent.get(), a_.get());
  BN_mod_exp(shared.get(), base.get(), exponent.get(), n_.get(), context);
  BN_CTX_free(context);
  const std::string extracted = Hmac(Unhex(PadHex(u.get())), Unhex(PadHex(shared.get())));
  const std::string key = Hmac(extracted, "Caldera Derived Key\x01").substr(0, 16);
  const auto block = base::Base64Decode(secret_block);
  const std::string message = pool_name + std::string(user_id) +
                              std::string(block->begin(), block->end()) + std::string(timestamp);
  return base::Base64Encode(base::AsBytes(Hmac(key, message)));
}

std::string SrpTimestamp(int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a %b ", &parts);
  std::string stamp = text + std::to_string(parts.tm_mday);
  std::strftime(text, sizeof text, " %H:%M:%S UTC %Y", &parts);
  return stamp + text;
}

}  // namespace sallyport::domain
