// KeyRing: the RSA keys that sign a pool's tokens.
//
// Record "key/{kid}": the private key (PKCS#8, sealed by the Vault), its pool, its public JWK and
// the issuer under which gates know it. A pool has at least one key; the newest signs. A key is
// published to the gates and withdrawn from them by the commit that adds or removes its record, so
// whatever has a record is live at the gates, under its issuer and no other.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/record.h"
#include "domain/services.h"
#include "jose/key.h"

namespace sallyport::store {
class Reader;
class Store;
class LogTx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct TokenKey {
  std::string pool_id;
  std::string issuer;
  std::string kid;  // base64 of 32 random bytes: 43 characters and "=", as AWS's
  int64_t created_millis = 0;
  std::string jwk;  // public half: a member of the JWK set
  jose::SigningKey signing;
};

std::string TokenKeyKey(std::string_view kid);
// Index of all keys. Sort: "{pool id}/{creation, 16 digits}".
inline constexpr std::string_view kKeyIndex = "keys";

// A new key that is in no store yet. Takes as long as SigningKey::Generate: prepare step,
// Lane::kHash.
base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           std::string_view issuer,
                                                           const base::Clock& clock);

// Within a commit: stores `key` and publishes it under its issuer.
base::Status AddTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key);
// Within a commit: withdraws every key of the pool from its issuer and deletes it.
base::Status RemoveTokenKeys(store::LogTx& tx, std::string_view pool_id);

// What a key's record says.
struct TokenKeyRecord {
  std::string pool_id;
  std::string issuer;
  std::string kid;
  int64_t created_millis = 0;
  std::string jwk;
  std::string sealed;  // PKCS#8, by SealTokenKey
};
inline constexpr auto kTokenKeyRecord = RecordOf<TokenKeyRecord>(
    Member("PoolId", &TokenKeyRecord::pool_id), Member("Issuer", &TokenKeyRecord::issuer),
    Member("Kid", &TokenKeyRecord::kid), Member("Created", &TokenKeyRecord::created_millis),
    Member("Jwk", &TokenKeyRecord::jwk), Member("Sealed", &TokenKeyRecord::sealed));

// The private key as a record's member "Sealed" keeps it. `pkcs8`: DER.
std::string SealTokenKey(const Vault& vault, std::string_view kid, std::string_view pkcs8);

// Thread-safe. Each call reads the store, so that a removed key is never used; a parsed key is
// kept, for each thread, while its record's bytes stay the same.
class KeyRing {
 public:
  KeyRing(store::Store& store, const Vault& vault) : store_(store), vault_(vault) {}

  // The key that signs the pool's tokens. ResourceNotFoundException where the pool has none.
  base::Result<std::shared_ptr<const TokenKey>> Current(std::string_view pool_id) const;
  // The same, read by `reader`.
  base::Result<std::shared_ptr<const TokenKey>> Current(store::Reader& reader,
                                                        std::string_view pool_id) const;
  // The key of that kid; null where there is none.
  base::Result<std::shared_ptr<const TokenKey>> Find(std::string_view kid) const;
  // The pool's JWK set: {"keys":[...]}. ResourceNotFoundException where the pool has no key.
  base::Result<std::string> Jwks(std::string_view pool_id) const;

  // Before each signature of a token with `issuer`: InternalErrorException where no gate would take
  // it, because gates know the key under another issuer or not at all. A start refuses or mends
  // that (key_start.h); should it be so all the same, nothing is issued for the pool, and Trouble
  // says why.
  base::Status CheckLive(const TokenKey& key, std::string_view issuer) const;
  // Notes that no gate takes what the pool's key signs.
  void NoteDead(std::string_view pool_id, std::string why) const;
  // For the operator; nullopt: none is known.
  std::optional<std::string> Trouble() const;

 private:
  base::Result<std::shared_ptr<const TokenKey>> Parsed(const std::string& key,
                                                       std::string bytes) const;

  store::Store& store_;
  const Vault& vault_;
  mutable std::atomic<bool> any_dead_ = false;
  mutable std::mutex dead_mutex_;
  mutable std::map<std::string, std::string, std::less<>> dead_;  // guarded by dead_mutex_
};

}  // namespace sallyport::domain
