// KeyRing: the RSA keys that sign a pool's tokens.
//
// Record "key/{kid}": the private key (PKCS#8, sealed by the Vault), its pool, its public JWK and
// the issuer under which gates know it. A pool has exactly one key that signs, and while it is
// rotated (key_rotation.h) others beside it. A key is published to the gates and withdrawn from
// them by the commit that adds or removes its record, so whatever has a record is live at the
// gates, under its issuer and no other.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/records/record.h"
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
// Index of all keys. Sort: "{pool id}/{creation, 16 digits}" of the one that signs, and, after it,
// "{pool id}/~next/..." and "{pool id}/~retiring/..." of the others.
inline constexpr std::string_view kKeyIndex = "keys";
// Index of the keys that do not sign. Sort: "next/{pool id}" or "retiring/{pool id}".
inline constexpr std::string_view kRotatingKeys = "rotating-keys";

// A new key that is in no store yet. Takes as long as SigningKey::Generate: prepare step,
// Lane::kHash.
base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           std::string_view issuer,
                                                           const base::Clock& clock);

// Where a key is in its life. The words are the record's, and the operator's.
enum class KeyStage {
  kSigning,
  kNext,      // published, and signs nothing yet
  kRetiring,  // has signed, and signs nothing more: what it signed is still taken
};
inline constexpr WordTable<KeyStage, 3> kKeyStages{{{"SIGNING", KeyStage::kSigning},
                                                    {"NEXT", KeyStage::kNext},
                                                    {"RETIRING", KeyStage::kRetiring}}};

constexpr std::string_view NameOf(KeyStage stage) {
  for (const auto& [word, meaning] : kKeyStages) {
    if (meaning == stage) return word;
  }
  return "";
}

// When a stage began.
struct StageBegin {
  int64_t millis = 0;          // for people, by the wall clock
  int64_t watched_millis = 0;  // for what must last (store::WatchedTime)
};

// What a key's record says.
struct TokenKeyRecord {
  std::string pool_id;
  std::string issuer;
  std::string kid;
  int64_t created_millis = 0;
  std::string jwk;
  std::string sealed;  // PKCS#8, by SealTokenKey
  KeyStage stage = KeyStage::kSigning;
  // Zero where it has signed since its creation.
  int64_t stage_millis = 0;
  int64_t stage_watched_millis = 0;
  // kRetiring: no token that it signed was issued by a later reading of the clock, Unix seconds.
  int64_t last_issue = 0;

  StageBegin stage_begin() const {
    if (stage_millis == 0) return {created_millis, created_millis};
    return {stage_millis, stage_watched_millis};
  }
};
inline constexpr auto kTokenKeyRecord = RecordOf<TokenKeyRecord>(
    Member("PoolId", &TokenKeyRecord::pool_id), Member("Issuer", &TokenKeyRecord::issuer),
    Member("Kid", &TokenKeyRecord::kid), Member("Created", &TokenKeyRecord::created_millis),
    Member("Jwk", &TokenKeyRecord::jwk), Member("Sealed", &TokenKeyRecord::sealed),
    SparseWord("Stage", &TokenKeyRecord::stage, kKeyStages),
    Sparse("StageBegan", &TokenKeyRecord::stage_millis),
    Sparse("StageBeganWatched", &TokenKeyRecord::stage_watched_millis),
    Sparse("LastIssue", &TokenKeyRecord::last_issue));

// The pool's keys, the one that signs first. They are few (kMostKeys).
base::Result<std::vector<TokenKeyRecord>> ListTokenKeys(store::Reader& reader,
                                                        std::string_view pool_id);
// How many keys a pool may have; a rotation is refused where it would be one more.
inline constexpr size_t kMostKeys = 16;
// nullopt: there is none of that kid.
base::Result<std::optional<TokenKeyRecord>> GetTokenKey(store::Reader& reader,
                                                        std::string_view kid);
// Within a commit: writes the record of a key that is there, with its place in the indexes.
base::Status PutTokenKey(store::Tx& tx, const TokenKeyRecord& record);

// Within a commit: stores `key`, which signs from this commit on, and publishes it under its
// issuer.
base::Status AddTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key);
// The same for one that is published now and signs later.
base::Status AddNextTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key,
                             const StageBegin& now);
// Within a commit: withdraws one key from its issuer and deletes it.
base::Status RemoveTokenKey(store::LogTx& tx, const TokenKeyRecord& key);
// Within a commit: withdraws every key of the pool from its issuer and deletes it.
base::Status RemoveTokenKeys(store::LogTx& tx, std::string_view pool_id);

// The private key as a record's member "Sealed" keeps it. `pkcs8`: DER.
std::string SealTokenKey(const Vault& vault, std::string_view kid, std::string_view pkcs8);

// Thread-safe. Each call reads the store, unless that says that nothing has changed
// (parsed_records.h), so that a removed key is never used.
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
  store::Store& store_;
  const Vault& vault_;
  mutable std::atomic<bool> any_dead_ = false;
  mutable std::mutex dead_mutex_;
  mutable std::map<std::string, std::string, std::less<>> dead_;  // guarded by dead_mutex_
};

}  // namespace sallyport::domain
