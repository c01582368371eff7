#include "domain/credentials/imported_hash.h"

#include <crypt.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/secret.h"
#include "domain/errors.h"

namespace sallyport::domain {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kLeastSaltBytes = 4;
constexpr size_t kLeastHashBytes = 16;
constexpr size_t kMostBytes = 128;

// Argon2id uses the same members: memory in KiB, iterations and parallelism.
struct Scrypt {
  uint64_t n = 0, r = 0, p = 0;
  Bytes salt, hash;
};
struct Pbkdf2 {
  uint64_t iterations = 0;
  Bytes salt, hash;
};

// Gives the part before the first `separator` and removes both from `text`.
std::string_view Next(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

// Reads a decimal number without sign and leading zeros, of at most nine digits; 0 where the text
// is something else.
uint64_t Number(std::string_view text) {
  if (text.empty() || text.size() > 9 || text[0] == '0') return 0;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

bool IsSized(const Bytes& salt, const Bytes& hash) {
  return salt.size() >= kLeastSaltBytes && salt.size() <= kMostBytes &&
         hash.size() >= kLeastHashBytes && hash.size() <= kMostBytes;
}

Bytes FromBase64(std::string_view text) {
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '.', '+');
  padded.append((4 - padded.size() % 4) % 4, '=');
  return base::Base64Decode(padded).value_or(Bytes());
}

std::optional<uint64_t> BcryptCost(std::string_view text) {
  const auto is_ours = [](char c) {
    return c == '.' || c == '/' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
  };
  if (text.size() != 60 || !text.starts_with("$2") ||
      std::string_view("abxy").find(text[2]) == std::string_view::npos || text[3] != '$' ||
      text[6] != '$' || !std::all_of(text.begin() + 7, text.end(), is_ours)) {
    return std::nullopt;
  }
  const uint64_t cost = text[4] == '0' ? Number(text.substr(5, 1)) : Number(text.substr(4, 2));
  if (cost < 4) return std::nullopt;
  return cost;
}

std::optional<Scrypt> ParseScrypt(std::string_view text) {
  if (std::count(text.begin(), text.end(), '$') != 4) return std::nullopt;
  Scrypt scrypt;
  scrypt.n = Number(Next(text, '$'));
  scrypt.r = Number(Next(text, '$'));
  scrypt.p = Number(Next(text, '$'));
  scrypt.salt = base::HexDecode(Next(text, '$')).value_or(Bytes());
  scrypt.hash = base::HexDecode(text).value_or(Bytes());
  if (scrypt.n < 2 || !std::has_single_bit(scrypt.n) || scrypt.r == 0 || scrypt.p == 0 ||
      !IsSized(scrypt.salt, scrypt.hash)) {
    return std::nullopt;
  }
  return scrypt;
}

std::optional<Pbkdf2> ParsePbkdf2(std::string_view text) {
  constexpr std::string_view kName = "$pbkdf2-sha256$";
  if (!text.starts_with(kName)) return std::nullopt;
  text.remove_prefix(kName.size());
  if (std::count(text.begin(), text.end(), '$') != 2) return std::nullopt;
  Pbkdf2 pbkdf2;
  pbkdf2.iterations = Number(Next(text, '$'));
  pbkdf2.salt = FromBase64(Next(text, '$'));
  pbkdf2.hash = FromBase64(text);
  if (pbkdf2.iterations == 0 || !IsSized(pbkdf2.salt, pbkdf2.hash)) return std::nullopt;
  return pbkdf2;
}

// Reads its three cost parameters.
std::optional<Scrypt> ParseArgon2id(std::string_view text) {
  constexpr std::string_view kName = "$argon2id$v=19$m=";
  if (!text.starts_with(kName)) return std::nullopt;
  text.remove_prefix(kName.size());
  Scrypt costs;
  costs.n = Number(Next(text, ','));
  const std::string_view t = Next(text, ',');
  const std::string_view p = Next(text, '$');
  if (!t.starts_with("t=") || !p.starts_with("p=")) return std::nullopt;
  costs.r = Number(t.substr(2));
  costs.p = Number(p.substr(2));
  costs.salt = FromBase64(Next(text, '$'));
  costs.hash = FromBase64(text);
  if (costs.n < 8 * costs.p || costs.r == 0 || costs.p == 0 || costs.salt.size() < 8 ||
      !IsSized(costs.salt, costs.hash)) {
    return std::nullopt;
  }
  return costs;
}

bool VerifyBcrypt(std::string_view text, std::string_view password) {
  // crypt takes C strings, so a password that was hashed by it cannot have a NUL.
  if (password.find('\0') != std::string_view::npos) return false;
  const std::string phrase(password);
  const auto data = std::make_unique<crypt_data>();
  const char* computed = crypt_r(phrase.c_str(), std::string(text).c_str(), data.get());
  return computed != nullptr && base::ConstantTimeEqual(computed, text);
}

bool Equal(const Bytes& a, const Bytes& b) {
  const auto view = [](const Bytes& bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  return base::ConstantTimeEqual(view(a), view(b));
}

bool VerifyScrypt(const Scrypt& scrypt, std::string_view password) {
  Bytes computed(scrypt.hash.size());
  constexpr uint64_t kMostMemory = 80 * 1024 * 1024;
  return EVP_PBE_scrypt(password.data(), password.size(), scrypt.salt.data(), scrypt.salt.size(),
                        scrypt.n, scrypt.r, scrypt.p, kMostMemory, computed.data(),
                        computed.size()) == 1 &&
         Equal(computed, scrypt.hash);
}

bool VerifyPbkdf2(const Pbkdf2& pbkdf2, std::string_view password) {
  Bytes computed(pbkdf2.hash.size());
  return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), pbkdf2.salt.data(),
                           static_cast<int>(pbkdf2.salt.size()),
                           static_cast<int>(pbkdf2.iterations), EVP_sha256(),
                           static_cast<int>(computed.size()), computed.data()) == 1 &&
         Equal(computed, pbkdf2.hash);
}

}  // namespace

base::Status CheckImportedHash(std::string_view algorithm, std::string_view text) {
  std::optional<bool> allowed;  // nullopt: it is not such a hash
  if (algorithm == "BCRYPT") {
    if (const auto cost = BcryptCost(text)) allowed = *cost <= 12;
  } else if (algorithm == "SCRYPT") {
    if (const auto hash = ParseScrypt(text)) {
      allowed = hash->n <= 65'536 && hash->r <= 8 && hash->p <= 1;
    }
  } else if (algorithm == "ARGON2ID") {
    if (const auto hash = ParseArgon2id(text)) {
      allowed = hash->n <= 19'456 && hash->r <= 2 && hash->p <= 1;
    }
  } else if (algorithm == "PBKDF2_SHA256") {
    if (const auto hash = ParsePbkdf2(text)) allowed = hash->iterations <= 600'000;
  }
  if (!allowed) return error::kImportNoHashOf(algorithm);
  if (!*allowed) return error::kImportHashTooCostly(algorithm);
  return {};
}

bool VerifyImportedHash(std::string_view text, std::string_view password) {
  if (BcryptCost(text)) return VerifyBcrypt(text, password);
  if (const auto pbkdf2 = ParsePbkdf2(text)) return VerifyPbkdf2(*pbkdf2, password);
  if (const auto scrypt = ParseScrypt(text)) return VerifyScrypt(*scrypt, password);
  return false;
}

}  // namespace sallyport::domain
