#include "domain/keys/key_ring.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/parsed_records.h"
#include "domain/tokens/revoke.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

std::string SealContext(std::string_view kid) {
  return "signing key of " + TokenKeyKey(kid);
}

base::Result<TokenKeyRecord> ReadKeyRecord(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kTokenKeyRecord.Read(record);
}

base::Result<TokenKey> ParseKey(const Vault& vault, std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(TokenKeyRecord record, ReadKeyRecord(key, bytes));
  SALLYPORT_ASSIGN(std::string pkcs8, vault.Open(SealContext(record.kid), record.sealed));
  auto signing = jose::SigningKey::FromPkcs8(base::AsBytes(pkcs8));
  base::Wipe(pkcs8);
  if (!signing) return std::move(signing).error();
  return TokenKey{std::move(record.pool_id),
                  std::move(record.issuer),
                  std::move(record.kid),
                  record.created_millis,
                  std::move(record.jwk),
                  std::move(*signing),
                  record.stage};
}

base::Result<std::vector<store::ListItem>> ListKeys(store::Reader& reader, std::string_view pool_id,
                                                    size_t most) {
  return reader.List(kKeyIndex, std::string(pool_id) + "/", std::nullopt, most);
}

ParsedRecords<TokenKey>& ParsedKeys() {
  thread_local ParsedRecords<TokenKey> parsed;
  return parsed;
}

// The key that signs for a pool, as of a state of all keys (Reader::StateOf).
struct Signing {
  uint64_t state = 0;
  std::shared_ptr<const TokenKey> key;
};
constexpr size_t kMostRemembered = 512;

// What signs comes first: a tilde is greater than every digit.
std::vector<store::IndexRow> KeyRowsOf(const TokenKeyRecord& key) {
  const std::string created = SortableMillis(key.created_millis);
  std::string keys(kKeyIndex), rotating(kRotatingKeys);
  switch (key.stage) {
    case KeyStage::kNext:
      return {{std::move(keys), key.pool_id + "/~next/" + created},
              {std::move(rotating), "next/" + key.pool_id}};
    case KeyStage::kRetiring:
      return {{std::move(keys), key.pool_id + "/~retiring/" + created},
              {std::move(rotating), "retiring/" + key.pool_id}};
    case KeyStage::kSigning:
      break;
  }
  return {{std::move(keys), key.pool_id + "/" + created}};
}

TokenKeyRecord RecordOfKey(const Vault& vault, const TokenKey& key) {
  return {.pool_id = key.pool_id,
          .issuer = key.issuer,
          .kid = key.kid,
          .created_millis = key.created_millis,
          .jwk = key.jwk,
          .sealed = SealTokenKey(vault, key.kid, key.signing.ToPkcs8().Reveal())};
}

base::Status Publish(store::LogTx& tx, const TokenKeyRecord& key) {
  SALLYPORT_TRY(PutTokenKey(tx, key));
  return PublishKey(tx, key.issuer, key.kid, key.jwk);
}

}  // namespace

store::FirstOf FirstKeyOf(std::string_view pool_id) {
  return {std::string(kKeyIndex), std::string(pool_id) + "/"};
}

std::string TokenKeyKey(std::string_view kid) {
  return "key/" + std::string(kid);
}

base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           std::string_view issuer,
                                                           const base::Clock& clock) {
  SALLYPORT_ASSIGN(jose::SigningKey signing, jose::SigningKey::Generate());
  std::array<uint8_t, 32> bytes{};
  base::RandomBytes(bytes);
  std::string kid = base::Base64Encode(bytes);
  std::string jwk = signing.ToPublic().ToJwk(kid);
  return std::shared_ptr<const TokenKey>(
      std::make_shared<TokenKey>(TokenKey{std::string(pool_id), std::string(issuer), std::move(kid),
                                          clock.WallMillis(), std::move(jwk), std::move(signing)}));
}

std::string SealTokenKey(const Vault& vault, std::string_view kid, std::string_view pkcs8) {
  return vault.Seal(SealContext(kid), pkcs8);
}

base::Result<std::vector<TokenKeyRecord>> ListTokenKeys(store::Reader& reader,
                                                        std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto items, ListKeys(reader, pool_id, kMostKeys));
  std::vector<TokenKeyRecord> keys;
  for (const store::ListItem& item : items) {
    SALLYPORT_ASSIGN(TokenKeyRecord key, ReadKeyRecord(item.key, item.value));
    keys.push_back(std::move(key));
  }
  return keys;
}

base::Result<std::optional<TokenKeyRecord>> GetTokenKey(store::Reader& reader,
                                                        std::string_view kid) {
  const std::string key = TokenKeyKey(kid);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<TokenKeyRecord>();
  SALLYPORT_ASSIGN(TokenKeyRecord record, ReadKeyRecord(key, *bytes));
  return std::optional(std::move(record));
}

base::Status PutTokenKey(store::Tx& tx, const TokenKeyRecord& record) {
  return tx.Put(TokenKeyKey(record.kid), json::serialize(kTokenKeyRecord.Write(record)),
                KeyRowsOf(record));
}

base::Status AddTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key) {
  return Publish(tx, RecordOfKey(vault, key));
}

base::Status AddNextTokenKey(store::LogTx& tx, const Vault& vault, const TokenKey& key,
                             const StageBegin& now) {
  TokenKeyRecord record = RecordOfKey(vault, key);
  record.stage = KeyStage::kNext;
  record.stage_millis = now.millis;
  record.stage_watched_millis = now.watched_millis;
  return Publish(tx, record);
}

base::Status RemoveTokenKey(store::LogTx& tx, const TokenKeyRecord& key) {
  SALLYPORT_TRY(WithdrawKey(tx, key.issuer, key.kid));
  return tx.Delete(TokenKeyKey(key.kid));
}

base::Status RemoveTokenKeys(store::LogTx& tx, std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto keys, ListTokenKeys(tx, pool_id));
  for (const TokenKeyRecord& key : keys) SALLYPORT_TRY(RemoveTokenKey(tx, key));
  return {};
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Current(std::string_view pool_id) const {
  return Current(store_, pool_id);
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Current(store::Reader& reader,
                                                               std::string_view pool_id) const {
  // After a rotation, the key that signs is another record.
  thread_local std::unordered_map<std::string, Signing> signing;
  const std::string pool(pool_id);
  const uint64_t state = reader.StateOf(TokenKeyKey({}));
  const auto known = signing.find(pool);
  if (state != 0 && known != signing.end() && known->second.state == state) {
    return known->second.key;
  }
  SALLYPORT_ASSIGN(auto items, ListKeys(reader, pool_id, 1));
  if (items.empty()) return error::kNoSuchPool.Because("the pool has no key", pool_id);
  const std::string& key = items.front().key;
  SALLYPORT_ASSIGN(auto parsed, ParsedKeys().Parsed(key, std::move(items.front().value),
                                                    [&](std::string_view text) {
                                                      return ParseKey(vault_, key, text);
                                                    }));
  if (signing.size() >= kMostRemembered) signing.clear();
  signing[pool] = {reader.StateOf(TokenKeyKey({})) == state ? state : 0, parsed};
  return parsed;
}

base::Result<bool> KeyRing::StillSigns(store::Reader& reader, std::string_view kid) const {
  const std::string key = TokenKeyKey(kid);
  SALLYPORT_ASSIGN(const auto present, ParsedKeys().Get(reader, key, [&](std::string_view text) {
    return ParseKey(vault_, key, text);
  }));
  return present && present->stage == KeyStage::kSigning;
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Find(std::string_view kid) const {
  const std::string key = TokenKeyKey(kid);
  return ParsedKeys().Get(store_, key,
                          [&](std::string_view text) { return ParseKey(vault_, key, text); });
}

std::shared_ptr<const TokenKey> KeyRing::Remembered(std::string_view kid) const {
  return ParsedKeys().Remembered(TokenKeyKey(kid));
}

base::Result<std::string> KeyRing::Jwks(std::string_view pool_id) const {
  SALLYPORT_ASSIGN(const auto keys, ListTokenKeys(store_, pool_id));
  if (keys.empty()) return error::kNoSuchPool.Because("the pool has no key", pool_id);
  std::string set = "{\"keys\":[";
  for (const TokenKeyRecord& key : keys) {
    if (!set.ends_with('[')) set += ',';
    set += key.jwk;
  }
  return set + "]}";
}

base::Status KeyRing::CheckLive(const TokenKey& key, std::string_view issuer) const {
  if (key.issuer != issuer) {
    NoteDead(key.pool_id,
             "its key is published under " + key.issuer + ", not under " + std::string(issuer));
  }
  if (!any_dead_) return {};
  const std::lock_guard lock(dead_mutex_);
  const auto dead = dead_.find(key.pool_id);
  if (dead == dead_.end()) return {};
  return base::InternalError("no tokens are issued for pool " + key.pool_id + ": " + dead->second);
}

void KeyRing::NoteDead(std::string_view pool_id, std::string why) const {
  const std::lock_guard lock(dead_mutex_);
  dead_.insert_or_assign(std::string(pool_id), std::move(why));
  any_dead_ = true;
}

std::optional<std::string> KeyRing::Trouble() const {
  if (!any_dead_) return std::nullopt;
  const std::lock_guard lock(dead_mutex_);
  const auto& [pool_id, why] = *dead_.begin();
  return "nothing is issued for " + std::to_string(dead_.size()) + " user pool(s), as " + pool_id +
         ": " + why;
}

}  // namespace sallyport::domain
