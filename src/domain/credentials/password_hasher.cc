#include "domain/credentials/password_hasher.h"

#include <argon2.h>

#include <array>
#include <cstdlib>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/credentials/imported_hash.h"

namespace sallyport::domain {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

}  // namespace

PasswordHasher::PasswordHasher(uint32_t memory_kib, uint32_t iterations, uint32_t parallelism)
    : memory_kib_(memory_kib), iterations_(iterations), parallelism_(parallelism) {
  // A well-formed hash with the same costs, for which nobody knows a password. It is assembled and
  // not computed, so that the start need not wait for it.
  std::array<uint8_t, kSaltBytes> salt{};
  std::array<uint8_t, kHashBytes> hash{};
  base::RandomBytes(salt);
  base::RandomBytes(hash);
  const auto unpadded = [](std::string text) {
    while (text.ends_with('=')) text.pop_back();
    return text;
  };
  dummy_ = "$argon2id$v=19$m=" + std::to_string(memory_kib_) + ",t=" + std::to_string(iterations_) +
           ",p=" + std::to_string(parallelism_) + "$" + unpadded(base::Base64Encode(salt)) + "$" +
           unpadded(base::Base64Encode(hash));
}

base::Result<std::string> PasswordHasher::Hash(std::string_view password) const {
  std::array<uint8_t, kSaltBytes> salt{};
  base::RandomBytes(salt);
  std::string phc(
      argon2_encodedlen(iterations_, memory_kib_, parallelism_, kSaltBytes, kHashBytes, Argon2_id),
      '\0');
  ++computed_;
  const int failed = argon2id_hash_encoded(iterations_, memory_kib_, parallelism_, password.data(),
                                           password.size(), salt.data(), salt.size(), kHashBytes,
                                           phc.data(), phc.size());
  if (failed != ARGON2_OK) {
    return base::InternalError(std::string("argon2id: ") + argon2_error_message(failed));
  }
  phc.resize(phc.find('\0'));
  return phc;
}

bool PasswordHasher::IsOwn(std::string_view phc) {
  return phc.starts_with("$argon2id$");
}

bool PasswordHasher::Verify(std::string_view phc, std::string_view password) const {
  ++computed_;
  if (!IsOwn(phc)) return VerifyImportedHash(phc, password);
  return argon2id_verify(std::string(phc).c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool PasswordHasher::VerifyNothing(std::string_view password) const {
  // Nobody will guess 256 random bits, but even then the answer must be no.
  static_cast<void>(Verify(dummy_, password));
  return false;
}

}  // namespace sallyport::domain
