// Vault: encrypts what somebody who steals the store must not learn, under a key that is kept
// outside of the store.
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

  // AES-256-GCM (NIST SP 800-38D) with a random nonce, as base64url. `context` is authenticated but
  // not stored: what was sealed for one record and purpose cannot be opened for another.
  std::string Seal(std::string_view context, std::string_view plain) const;
  // InternalErrorException where the text was sealed under another key or context, or was changed.
  base::Result<std::string> Open(std::string_view context, std::string_view sealed) const;

  // The same for texts of which there may be any number. Each is sealed under a key of its own,
  // since one key serves for 2^32 random nonces (SP 800-38D, section 8.3).
  std::string SealOneOfMany(std::string_view context, std::string_view plain) const;
  base::Result<std::string> OpenOneOfMany(std::string_view context, std::string_view sealed) const;

  // HMAC-SHA256 of purpose and text, 32 bytes. It is the same for the same input, and looks random
  // to whoever does not have the key.
  std::string Mac(std::string_view purpose, std::string_view text) const;

 private:
  using Key = std::array<uint8_t, kKeyBytes>;

  // The key of one text, whose `salt` is random.
  Key KeyFor(std::span<const uint8_t> salt) const;

  struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const;
  };
  using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

  Key seal_key_{};
  // A context with the key in it: copying it costs a fraction of making a new one.
  MacContext mac_;
};

// The record with the mark of the key that the store is bound to. The mark reveals nothing about
// the key.
inline constexpr std::string_view kVaultMarkRecord = "meta/encryption-key";
std::string VaultMark(const Vault& vault);
// A shortened mark that people can compare: 16 hex digits.
std::string KeyFingerprint(std::string_view mark);

// True where the store is bound to a key already.
base::Result<bool> IsBound(store::Store& store);
// False: the store is bound to another key. A store that is not bound yet is bound to this one.
base::Result<bool> BindVault(store::Store& store, const Vault& vault);

}  // namespace sallyport::domain
