#include "jose/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>
#include <vector>

#include "base/encoding.h"
#include "jose/rsa_verifier.h"
#include "jose/strict_json.h"

namespace sallyport::jose {
namespace {

constexpr int kLeastBits = 2048;
constexpr int kGreatestBits = 4096;
constexpr size_t kHashSize = 32;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Pkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

// Removes what OpenSSL notes about a bad signature or key from the thread's error queue: otherwise
// the host (nginx) would find it there and blame its next TLS connection.
class ErrorMark {
 public:
  ErrorMark() { ERR_set_mark(); }
  ~ErrorMark() { ERR_pop_to_mark(); }
  ErrorMark(const ErrorMark&) = delete;
  ErrorMark& operator=(const ErrorMark&) = delete;
};

base::Error InvalidKey(std::string cause) {
  return {"invalid_key", "The key is not acceptable", std::move(cause)};
}

// Fetched once in a process, because looking an algorithm up by name takes longer than hashing a
// token.
const EVP_MD* Sha256() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

// CVE-2017-15361: modulo each of these primes, a modulus from the flawed generator is a power of
// 65537. A sound modulus looks like that with a probability below 2^-27.
bool IsRoca(const BIGNUM* n) {
  constexpr std::array<BN_ULONG, 38> kPrimes = {
      3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
      73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  return std::all_of(kPrimes.begin(), kPrimes.end(), [n](BN_ULONG prime) {
    const BN_ULONG residue = BN_mod_word(n, prime);
    BN_ULONG power = 1;
    do {
      if (power == residue) return true;
      power = power * 65537 % prime;
    } while (power != 1);
    return false;
  });
}

const char* WhyUnacceptable(const BIGNUM* n, const BIGNUM* e) {
  if (BN_num_bits(n) < kLeastBits) return "modulus under 2048 bits";
  if (BN_num_bits(n) > kGreatestBits) return "modulus over 4096 bits";
  if (!BN_is_odd(n)) return "even modulus";
  // OpenSSL itself limits e to 64 bits for a large modulus.
  if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > 64) return "unacceptable public exponent";
  if (IsRoca(n)) return "modulus of the ROCA family (CVE-2017-15361)";
  return nullptr;
}

Number GetNumber(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  return Number(number);
}

// Precondition: it has at most 64 bits.
uint64_t Low64(const BIGNUM* number) {
  std::array<uint8_t, 8> bytes;
  BN_bn2binpad(number, bytes.data(), bytes.size());
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0},
                         [](uint64_t value, uint8_t byte) { return value << 8 | byte; });
}

std::vector<uint8_t> ToBytes(const BIGNUM* number) {
  std::vector<uint8_t> bytes(static_cast<size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  return bytes;
}

// The members of a JWK that are used. Others (x5t, exp of some servers) are ignored (RFC 7517,
// section 4), except private ones: sending those is a mistake that must be noticed.
class JwkVisitor final : public MemberVisitor {
 public:
  bool OnString(std::string_view name, std::string_view value) override {
    if (name == "kty") return has_kty_ = value == "RSA";
    if (name == "use") return value == "sig";
    if (name == "alg") return value == "RS256";
    if (name == "n") return Decode(value, n);
    if (name == "e") return Decode(value, e);
    if (name == "kid") kid = value;
    return name != "key_ops" && !IsPrivate(name);
  }
  bool OnInteger(std::string_view name, int64_t) override {
    return name != "key_ops" && OnOther(name);
  }
  bool OnOther(std::string_view name) override {
    if (name == "key_ops") return has_key_ops = true;
    return name != "kty" && name != "use" && name != "alg" && name != "n" && name != "e" &&
           name != "kid" && !IsPrivate(name);
  }
  bool complete() const { return has_kty_ && !n.empty() && !e.empty(); }

  std::vector<uint8_t> n, e;
  std::string kid;
  bool has_key_ops = false;

 private:
  static bool IsPrivate(std::string_view name) {
    return name == "d" || name == "p" || name == "q" || name == "dp" || name == "dq" ||
           name == "qi" || name == "oth" || name == "k";
  }
  static bool Decode(std::string_view text, std::vector<uint8_t>& out) {
    auto bytes = base::Base64UrlDecode(text);
    if (!bytes) return false;
    out = std::move(*bytes);
    return true;
  }

  bool has_kty_ = false;
};

}  // namespace

struct PublicKey::State {
  std::unique_ptr<RsaVerifier> rsa;
  DigestContext digest;
  std::vector<uint8_t> n, e;
};

PublicKey::PublicKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

base::Result<PublicKey> PublicKey::FromModulus(std::span<const uint8_t> n,
                                               std::span<const uint8_t> e) {
  const ErrorMark mark;
  if (n.empty() || e.empty() || n[0] == 0 || e[0] == 0) {
    return InvalidKey("empty or not the shortest form");
  }
  if (n.size() > kGreatestBits / 8 || e.size() > 8) return InvalidKey("too long");
  const Number modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(e.data(), static_cast<int>(e.size()), nullptr));
  if (!modulus || !exponent) return InvalidKey("out of memory");
  if (const char* why = WhyUnacceptable(modulus.get(), exponent.get())) return InvalidKey(why);

  auto state = std::make_unique<State>();
  state->rsa = RsaVerifier::New(modulus.get(), Low64(exponent.get()));
  state->digest.reset(EVP_MD_CTX_new());
  if (!state->rsa || !state->digest || !Sha256()) return InvalidKey("out of memory");
  state->n.assign(n.begin(), n.end());
  state->e.assign(e.begin(), e.end());
  return PublicKey(std::move(state));
}

base::Result<PublicKey> PublicKey::FromJwk(std::string_view json, std::string* kid) {
  JwkVisitor jwk;
  if (const char* why = VisitObject(json, jwk)) return InvalidKey(why);
  if (!jwk.complete()) return InvalidKey("kty, n or e is missing");
  if (jwk.has_key_ops && MemberText(json, "key_ops") != R"(["verify"])") {
    return InvalidKey("key_ops is not verify");
  }
  SALLYPORT_ASSIGN(PublicKey key, FromModulus(jwk.n, jwk.e));
  if (kid) *kid = std::move(jwk.kid);
  return key;
}

bool PublicKey::Verify(std::string_view message, std::span<const uint8_t> signature) const {
  if (signature.size() != state_->n.size()) return false;
  const ErrorMark mark;
  std::array<uint8_t, kHashSize> hash;
  EVP_MD_CTX* const digest = state_->digest.get();
  return EVP_DigestInit_ex2(digest, Sha256(), nullptr) == 1 &&
         EVP_DigestUpdate(digest, message.data(), message.size()) == 1 &&
         EVP_DigestFinal_ex(digest, hash.data(), nullptr) == 1 &&
         state_->rsa->Verify(hash, signature);
}

size_t PublicKey::signature_size() const {
  return state_->n.size();
}
std::span<const uint8_t> PublicKey::n() const {
  return state_->n;
}
std::span<const uint8_t> PublicKey::e() const {
  return state_->e;
}

std::string PublicKey::ToJwk(std::string_view kid) const {
  return R"({"alg":"RS256","e":")" + base::Base64UrlEncode(state_->e) + R"(","kid":)" +
         QuoteJson(kid) + R"(,"kty":"RSA","n":")" + base::Base64UrlEncode(state_->n) +
         R"(","use":"sig"})";
}

struct SigningKey::State {
  Key key;
  KeyContext sign;  // set up for RS256; all other contexts are copies of it
  size_t signature_size = 0;

  // False: OpenSSL refuses the key.
  bool SetUp() {
    signature_size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
    sign.reset(EVP_PKEY_CTX_new(key.get(), nullptr));
    return sign && Sha256() && EVP_PKEY_sign_init(sign.get()) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(sign.get(), RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(sign.get(), Sha256()) == 1;
  }

  // The whole of `signature`, or false.
  bool Sign(std::string_view message, std::span<uint8_t> signature) {
    KeyContext context = TakeContext();
    std::array<uint8_t, kHashSize> hash{};
    size_t size = signature.size();
    const bool made =
        context &&
        EVP_Digest(message.data(), message.size(), hash.data(), nullptr, Sha256(), nullptr) == 1 &&
        EVP_PKEY_sign(context.get(), signature.data(), &size, hash.data(), hash.size()) == 1 &&
        size == signature.size();
    if (made) GiveBack(std::move(context));
    return made;
  }

 private:
  // Threads share only the key. Each signs with a context of its own, and there are as many
  // contexts as have ever signed at the same time.
  KeyContext TakeContext() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return KeyContext(EVP_PKEY_CTX_dup(sign.get()));
    KeyContext context = std::move(idle.back());
    idle.pop_back();
    return context;
  }
  void GiveBack(KeyContext context) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(context));
  }

  std::mutex mutex;
  std::vector<KeyContext> idle;  // guarded by mutex
};

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

base::Result<SigningKey> SigningKey::Generate() {
  auto state = std::make_unique<State>();
  state->key.reset(EVP_RSA_gen(kLeastBits));
  if (!state->key || !state->SetUp()) return base::InternalError("no RSA key could be generated");
  return SigningKey(std::move(state));
}

base::Result<SigningKey> SigningKey::FromPkcs8(std::span<const uint8_t> der) {
  const ErrorMark mark;
  const uint8_t* at = der.data();
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (!info || at != der.data() + der.size()) return InvalidKey("not PKCS#8");
  auto state = std::make_unique<State>();
  state->key.reset(EVP_PKCS82PKEY(info.get()));
  if (!state->key || EVP_PKEY_is_a(state->key.get(), "RSA") != 1) return InvalidKey("not RSA");
  const Number n = GetNumber(state->key.get(), OSSL_PKEY_PARAM_RSA_N);
  const Number e = GetNumber(state->key.get(), OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e) return InvalidKey("not RSA");
  if (const char* why = WhyUnacceptable(n.get(), e.get())) return InvalidKey(why);
  if (!state->SetUp()) return InvalidKey("OpenSSL refused it");
  return SigningKey(std::move(state));
}

base::Secret SigningKey::ToPkcs8() const {
  const Pkcs8 info(EVP_PKEY2PKCS8(state_->key.get()));
  uint8_t* der = nullptr;
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : 0;
  if (size <= 0) throw std::bad_alloc();  // a key that exists can be encoded
  base::Secret secret(std::string(reinterpret_cast<char*>(der), static_cast<size_t>(size)));
  OPENSSL_clear_free(der, static_cast<size_t>(size));
  return secret;
}

PublicKey SigningKey::ToPublic() const {
  const Number n = GetNumber(state_->key.get(), OSSL_PKEY_PARAM_RSA_N);
  const Number e = GetNumber(state_->key.get(), OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e) throw std::bad_alloc();
  return PublicKey::FromModulus(ToBytes(n.get()), ToBytes(e.get())).value();
}

base::Result<std::string> SigningKey::SignJwt(std::string_view kid, std::string_view payload,
                                              std::string_view type) const {
  const std::string typed = type.empty() ? "{" : R"({"typ":)" + QuoteJson(type) + ",";
  std::string jws = base::Base64UrlEncode(
      base::AsBytes(typed + R"("kid":)" + QuoteJson(kid) + R"(,"alg":"RS256"})"));
  jws += '.';
  jws += base::Base64UrlEncode(base::AsBytes(payload));

  std::vector<uint8_t> signature(state_->signature_size);
  if (!state_->Sign(jws, signature)) return base::InternalError("RSA signature failed");
  jws += '.';
  jws += base::Base64UrlEncode(signature);
  return jws;
}

}  // namespace sallyport::jose
