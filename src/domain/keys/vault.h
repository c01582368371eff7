// Vault: keeps from the store what a thief of the store alone must not learn, under a key that is
// kept outside it.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {
class Store;
}

namespace sallyport::domain {

// Thread-safe.
class Vault {
 public:
  static constexpr size_t kKeyBytes = 32;

  explicit Vault(std::span<const uint8_t, kKeyBytes> key);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // AES-256-GCM (NIST SP 800-38D) with a random nonce, as base64url. `context` is authenticated and
  // not kept: what was sealed for one record and purpose does not open for another.
  std::string Seal(std::string_view context, std::string_view plain) const;
  // InternalErrorException where it was sealed under another key or context, or changed.
  base::Result<std::string> Open(std::string_view context, std::string_view sealed) const;

  // HMAC-SHA256 of purpose and text, 32 bytes: the same for the same input, and as good as random
  // to whoever lacks the key.
  std::string Mac(std::string_view purpose, std::string_view text) const;

 private:
  using Key = std::array<uint8_t, kKeyBytes>;
  struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const;
  };
  using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

  Key seal_key_{};
  // With its key: a copy costs a fraction of what making it anew does.
  MacContext mac_;
};

// The record with the mark of the key that a store is bound to. The mark says nothing of the key.
inline constexpr std::string_view kVaultMarkRecord = "meta/encryption-key";
std::string VaultMark(const Vault& vault);
// A mark, short enough for people to compare: 16 hex digits.
std::string KeyFingerprint(std::string_view mark);

// True where the store was bound to a key before.
base::Result<bool> IsBound(store::Store& store);
// False: the store was first bound to another key. A store that was bound to none is bound to this
// one.
base::Result<bool> BindVault(store::Store& store, const Vault& vault);

}  // namespace sallyport::domain
