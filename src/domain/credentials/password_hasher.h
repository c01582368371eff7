// PasswordHasher: Argon2id (RFC 9106), in PHC string format.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::domain {

// Thread-safe. Each call takes tens of milliseconds and argon2_memory_kib of memory: Lane::kHash.
class PasswordHasher {
 public:
  PasswordHasher(uint32_t memory_kib, uint32_t iterations, uint32_t parallelism);

  // "$argon2id$v=19$m=..,t=..,p=..$salt$hash" with a new random salt of 16 bytes.
  base::Result<std::string> Hash(std::string_view password) const;
  // False: the hash came with an import (imported_hash.h) and should be replaced by one of ours.
  static bool IsOwn(std::string_view phc);
  // False: the password is wrong, or `phc` is of no known format.
  bool Verify(std::string_view phc, std::string_view password) const;
  // Takes as long as Verify and is never true. Called for a user who does not exist or has no
  // password, so that the time of an answer does not tell.
  bool VerifyNothing(std::string_view password) const;

  // How many hashes were computed since the start.
  uint64_t computed() const { return computed_; }

 private:
  const uint32_t memory_kib_, iterations_, parallelism_;
  mutable std::atomic<uint64_t> computed_{0};
  std::string dummy_;
};

}  // namespace sallyport::domain
