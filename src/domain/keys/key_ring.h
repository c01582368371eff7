// KeyRing: the RSA keys that sign the tokens of a pool.
//
// Record "key/{kid}" has the private key (PKCS#8, sealed by the Vault), the pool, the public JWK,
// and the issuer under which gates know the key. Exactly one key of a pool signs; during a rotation
// (key_rotation.h) there are others beside it. The commit that adds a record publishes the key to
// the gates, and the commit that removes the record withdraws it. So every key that has a record is
// accepted by the gates, under its own issuer and no other.
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
#include "store/read_ahead.h"

namespace sallyport::store {
class Reader;
class Store;
class LogTx;
}  // namespace sallyport::store

namespace sallyport::domain {

// The stages of a key's life. Records and the command line use these words.
enum class KeyStage {
  kSigning,
  kNext,      // published, and does not sign yet
  kRetiring,  // signs no more; tokens that it has signed are still accepted
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

struct TokenKey {
  std::string pool_id;
  std::string issuer;
  std::string kid;  // base64 of 32 random bytes: 43 characters and "=", as AWS's are
  int64_t created_millis = 0;
  std::string jwk;  // the public half, a member of the JWK set
  jose::SigningKey signing;
  KeyStage stage = KeyStage::kSigning;  // when it was read
};

std::string TokenKeyKey(std::string_view kid);
// Index of all keys. The key that signs has the sort "{pool id}/{creation, 16 digits}"; the others
// follow it, as "{pool id}/~next/..." and "{pool id}/~retiring/...".
inline constexpr std::string_view kKeyIndex = "keys";
// Index of the keys that do not sign, with the sort "next/{pool id}" or "retiring/{pool id}".
inline constexpr std::string_view kRotatingKeys = "rotating-keys";

// The read by which KeyRing::Current finds the key that signs (store/read_ahead.h).
store::FirstOf FirstKeyOf(std::string_view pool_id);

// A new key that is in no store yet. Takes as long as SigningKey::Generate, so it is called in the
// prepare step, in Lane::kHash.
base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           std::string_view issuer,
                                                           const base::Clock& clock);

// When a stage began.
struct StageBegin {
  int64_t millis = 0;          // for people, by the wall clock
  int64_t watched_millis = 0;  // for decisions (store::WatchedTime)
};

// The contents of a key's record.
struct TokenKeyRecord {
  std::string pool_id;
  std::string issuer;
  std::string kid;
  int64_t created_millis = 0;
  std::string jwk;
  std::string sealed;  // PKCS#8, sealed by SealTokenKey
  KeyStage stage = KeyStage::kSigning;
  // Zero where the key has signed since its creation.
  int64_t stage_millis = 0;
  int64_t stage_watched_millis = 0;
  // kRetiring: the key has signed no token after this moment, Unix seconds.
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

// The pool's keys, the one that signs first. There are at most kMostKeys.
base::Result<std::vector<TokenKeyRecord>> ListTokenKeys(store::Reader& reader,
                                                        std::string_view pool_id);
// How many keys a pool may have. A rotation that would exceed it is refused.
inline constexpr size_t kMostKeys = 16;
// nullopt: no key has that kid.
base::Result<std::optional<TokenKeyRecord>> GetTokenKey(store::Reader& reader,
                                                        std::string_view kid);
// Called within a commit: writes the record of an existing key, with its rows in the indexes.
base::Status PutTokenKey(store::Tx& tx, const TokenKeyRecord& record);

// Called within a commit: stores `key`, which signs from this commit on, and publishes it under its
// issuer.
base::Status AddTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key);
// The same for a key that is published now and will sign later.
base::Status AddNextTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key,
                             const StageBegin& now);
// Called within a commit: withdraws one key from its issuer and deletes it.
base::Status RemoveTokenKey(store::LogTx& tx, const TokenKeyRecord& key);
// Called within a commit: withdraws and deletes every key of the pool.
base::Status RemoveTokenKeys(store::LogTx& tx, std::string_view pool_id);

// The private key as it is stored in the record's member "Sealed". `pkcs8` is DER.
std::string SealTokenKey(const Vault& vault, std::string_view kid, std::string_view pkcs8);

// Thread-safe. Each call reads the store, unless the store says that nothing has changed
// (parsed_records.h), so that a removed key is never used.
class KeyRing {
 public:
  KeyRing(store::Store& store, const Vault& vault) : store_(store), vault_(vault) {}

  // The key that signs the pool's tokens. ResourceNotFoundException where the pool has none.
  base::Result<std::shared_ptr<const TokenKey>> Current(std::string_view pool_id) const;
  // The same, read by means of `reader`.
  base::Result<std::shared_ptr<const TokenKey>> Current(store::Reader& reader,
                                                        std::string_view pool_id) const;
  // Called within a commit that issues what the key has signed: whether it signs still, or again.
  // False where it was withdrawn or replaced since.
  base::Result<bool> StillSigns(store::Reader& reader, std::string_view kid) const;
  // The key of that kid; null where there is none.
  base::Result<std::shared_ptr<const TokenKey>> Find(std::string_view kid) const;
  // The same as this thread has found it last; null: it has not, or not lately. Whether the key is
  // still there only Find says.
  std::shared_ptr<const TokenKey> Remembered(std::string_view kid) const;
  // The pool's JWK set: {"keys":[...]}. ResourceNotFoundException where the pool has no key.
  base::Result<std::string> Jwks(std::string_view pool_id) const;

  // Called before a token with `issuer` is signed. InternalErrorException where no gate would
  // accept the token, because gates know the key under another issuer or not at all. A start
  // refuses or repairs that state (key_start.h); should it arise all the same, the pool issues no
  // tokens and Trouble says why.
  base::Status CheckLive(const TokenKey& key, std::string_view issuer) const;
  // Notes that no gate accepts what the pool's key signs.
  void NoteDead(std::string_view pool_id, std::string why) const;
  // A text for the operator; nullopt: no trouble is known.
  std::optional<std::string> Trouble() const;

 private:
  store::Store& store_;
  const Vault& vault_;
  mutable std::atomic<bool> any_dead_ = false;
  mutable std::mutex dead_mutex_;
  mutable std::map<std::string, std::string, std::less<>> dead_;  // guarded by dead_mutex_
};

}  // namespace sallyport::domain
