#include "domain/credentials/srp.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/keys/vault.h"

namespace sallyport::domain {

namespace {

constexpr int kGroupBytes = 384;
constexpr size_t kSrpSecretBytes = 32;  // RFC 5054, section 2.6: at least 256 bits
constexpr size_t kKeyBytes = 16;
constexpr std::string_view kKeyInfo = "Caldera Derived Key";

struct Free {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
};
using BigNumber = std::unique_ptr<BIGNUM, Free>;
using Context = std::unique_ptr<BN_CTX, Free>;

// The primitives fail only when memory is exhausted; then nothing can be answered.
template <typename T>
T Must(T result) {
  if (!result) std::abort();
  return result;
}

BigNumber NewNumber() {
  return BigNumber(Must(BN_secure_new()));
}

BigNumber FromBytes(std::string_view bytes) {
  BigNumber number = NewNumber();
  Must(BN_bin2bn(base::AsBytes(bytes).data(), static_cast<int>(bytes.size()), number.get()));
  return number;
}

std::string Sha256(std::initializer_list<std::string_view> parts) {
  std::string message;
  for (const std::string_view part : parts) message += part;
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(base::AsBytes(message).data(), message.size(), reinterpret_cast<uint8_t*>(hash.data()));
  OPENSSL_cleanse(message.data(), message.size());
  return hash;
}

std::string SrpHmac(std::string_view key, std::string_view message) {
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  unsigned size = 0;
  Must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), base::AsBytes(message).data(),
            message.size(), reinterpret_cast<uint8_t*>(mac.data()), &size));
  return mac;
}

// Big-endian, in the fewest bytes in which two's complement represents a non-negative number.
std::string Padded(const BIGNUM* number) {
  const auto size = static_cast<size_t>(BN_num_bytes(number));
  std::string bytes(size + 1, '\0');
  BN_bn2bin(number, reinterpret_cast<uint8_t*>(bytes.data() + 1));
  const bool negative = size > 0 && (static_cast<uint8_t>(bytes[1]) & 0x80) != 0;
  return size == 0 || negative ? bytes : bytes.substr(1);
}

// The group, and values that are the same for all exchanges. Read-only after construction.
struct SrpGroup {
  BigNumber n = BigNumber(Must(BN_get_rfc3526_prime_3072(nullptr)));
  BigNumber g = NewNumber();
  BigNumber k = NewNumber();
  std::unique_ptr<BN_MONT_CTX, Free> montgomery{Must(BN_MONT_CTX_new())};

  SrpGroup() {
    const Context context(Must(BN_CTX_new()));
    Must(BN_set_word(g.get(), 2));
    k = FromBytes(Sha256({Padded(n.get()), Padded(g.get())}));
    Must(BN_MONT_CTX_set(montgomery.get(), n.get(), context.get()));
  }
};

const SrpGroup& TheGroup() {
  static const SrpGroup group;
  return group;
}

// base^exponent mod N, where base < N. The time depends on neither.
BigNumber Power(const BIGNUM* base, const BIGNUM* exponent, BN_CTX* context) {
  const SrpGroup& group = TheGroup();
  BigNumber result = NewNumber();
  Must(BN_mod_exp_mont_consttime(result.get(), base, exponent, group.n.get(), context,
                                 group.montgomery.get()));
  return result;
}

std::string_view PoolName(std::string_view pool_id) {
  return pool_id.substr(pool_id.find('_') + 1);
}

std::string FixedBytes(const BIGNUM* number) {
  std::string bytes(kGroupBytes, '\0');
  Must(BN_bn2binpad(number, reinterpret_cast<uint8_t*>(bytes.data()), kGroupBytes) == kGroupBytes);
  return bytes;
}

// Reads A, which must be within 1..N-1.
BigNumber ParseClientValue(std::string_view hex) {
  // Leading zeros for one sign byte are allowed.
  if (hex.empty() || hex.size() > 2 * (kGroupBytes + 1)) return nullptr;
  const std::string even = (hex.size() % 2 == 1 ? "0" : "") + std::string(hex);
  const auto bytes = base::HexDecode(even);
  if (!bytes) return nullptr;
  BigNumber number = FromBytes({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), TheGroup().n.get()) >= 0) return nullptr;
  return number;
}

// B = kv + g^b.
BigNumber PublicValue(const BIGNUM* v, const BIGNUM* b, BN_CTX* context) {
  const SrpGroup& group = TheGroup();
  BigNumber value = Power(group.g.get(), b, context);
  const BigNumber kv = NewNumber();
  Must(BN_mod_mul(kv.get(), group.k.get(), v, group.n.get(), context));
  Must(BN_mod_add(value.get(), value.get(), kv.get(), group.n.get(), context));
  return value;
}

// HKDF-SHA256 (RFC 5869), with one block that is truncated.
std::string DeriveKey(const BIGNUM* shared, const BIGNUM* u) {
  std::string secret = Padded(shared);
  std::string extracted = SrpHmac(Padded(u), secret);
  std::string info(kKeyInfo);
  info += '\x01';
  std::string key = SrpHmac(extracted, info).substr(0, kKeyBytes);
  OPENSSL_cleanse(secret.data(), secret.size());
  OPENSSL_cleanse(extracted.data(), extracted.size());
  return key;
}

std::string NonZeroSalt(std::string salt) {
  if (salt[0] == '\0') salt[0] = '\x01';
  return salt;
}

std::string Random(size_t size) {
  std::string bytes(size, '\0');
  base::RandomBytes({reinterpret_cast<uint8_t*>(bytes.data()), size});
  return bytes;
}

}  // namespace

SrpVerifier MakeSrpVerifier(std::string_view pool_id, std::string_view user_id,
                            std::string_view password) {
  const Context context(Must(BN_CTX_secure_new()));
  SrpVerifier verifier;
  verifier.salt = NonZeroSalt(Random(kSrpSaltBytes));
  const std::string identity = Sha256({PoolName(pool_id), user_id, ":", password});
  const BigNumber salt = FromBytes(verifier.salt);
  const BigNumber x = FromBytes(Sha256({Padded(salt.get()), identity}));
  verifier.value = FixedBytes(Power(TheGroup().g.get(), x.get(), context.get()).get());
  return verifier;
}

SrpVerifier DecoySrpVerifier(const Vault& vault, std::string_view pool_id, std::string_view name) {
  const std::string subject = std::string(pool_id) + "/" + std::string(name);
  SrpVerifier verifier;
  verifier.salt = NonZeroSalt(vault.Mac("srp salt", subject).substr(0, kSrpSaltBytes));
  // Nobody knows its logarithm. Any number below N will do, since B hides it.
  while (verifier.value.size() < kGroupBytes) {
    const char block = static_cast<char>('0' + verifier.value.size() / SHA256_DIGEST_LENGTH);
    verifier.value += vault.Mac(std::string("srp verifier ") + block, subject);
  }
  verifier.value[0] &= '\x7f';
  return verifier;
}

bool IsSrpClientValue(std::string_view client_value) {
  return static_cast<bool>(ParseClientValue(client_value));
}

std::optional<SrpExchange> ExchangeSrp(const SrpVerifier& verifier, std::string_view client_value) {
  const BigNumber a_public = ParseClientValue(client_value);
  if (!a_public) return std::nullopt;
  const Context context(Must(BN_CTX_secure_new()));
  const BigNumber v = FromBytes(verifier.value);
  BigNumber b = NewNumber(), b_public, u;
  // If B or u were 0, b would have to be chosen again (RFC 5054, section 2.5.4). That never
  // happens.
  do {
    std::string secret = Random(kSrpSecretBytes);
    b = FromBytes(secret);
    OPENSSL_cleanse(secret.data(), secret.size());
    b_public = PublicValue(v.get(), b.get(), context.get());
    u = FromBytes(Sha256({Padded(a_public.get()), Padded(b_public.get())}));
  } while (BN_is_zero(b_public.get()) || BN_is_zero(u.get()));
  // S = (A * v^u)^b
  const BigNumber blinded = Power(v.get(), u.get(), context.get());
  Must(BN_mod_mul(blinded.get(), blinded.get(), a_public.get(), TheGroup().n.get(), context.get()));
  const BigNumber shared = Power(blinded.get(), b.get(), context.get());
  return SrpExchange{base::HexEncode(base::AsBytes(Padded(b_public.get()))),
                     DeriveKey(shared.get(), u.get())};
}

std::string SrpSignature(std::string_view key, std::string_view pool_id, std::string_view user_id,
                         std::string_view secret_block, std::string_view timestamp) {
  std::string message(PoolName(pool_id));
  message += user_id;
  message += secret_block;
  message += timestamp;
  return SrpHmac(key, message);
}

namespace {

template <size_t kCount>
std::optional<unsigned> IndexOf(const std::array<std::string_view, kCount>& names,
                                std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

std::optional<unsigned> Digits(std::string_view text, size_t least, size_t most) {
  unsigned value = 0;
  if (text.size() < least || text.size() > most) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Converts "HH:mm:ss" to seconds of the day.
std::optional<unsigned> TimeOfDay(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = Digits(text.substr(0, 2), 2, 2);
  const auto minutes = Digits(text.substr(3, 2), 2, 2);
  const auto seconds = Digits(text.substr(6, 2), 2, 2);
  if (!hours || !minutes || !seconds) return std::nullopt;
  if (*hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return *hours * 3600 + *minutes * 60 + *seconds;
}

}  // namespace

std::optional<int64_t> ParseSrpTimestamp(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<std::string_view, 6> words;
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t space = text.find(' ');
    if ((space == std::string_view::npos) != (i + 1 == words.size())) return std::nullopt;
    words[i] = text.substr(0, space);
    text.remove_prefix(std::min(text.size(), words[i].size() + 1));
  }
  const auto month = IndexOf(kMonths, words[1]);
  const auto day = Digits(words[2], 1, 2);
  const auto time = TimeOfDay(words[3]);
  const auto year = Digits(words[5], 4, 4);
  if (!IndexOf(kDays, words[0]) || !month || !day || !time || words[4] != "UTC" || !year) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month + 1), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + *time;
}

}  // namespace sallyport::domain
