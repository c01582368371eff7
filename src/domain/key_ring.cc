#include "domain/key_ring.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/commit.h"
#include "domain/json.h"
#include "domain/page.h"
#include "domain/parsed_records.h"
#include "domain/pool.h"
#include "domain/revoke.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// Sort: "{pool id}/{creation, 16 digits}".
constexpr std::string_view kKeyIndex = "keys";
// A pool has one key, and for a moment two.
constexpr size_t kMostKeys = 16;

base::Result<TokenKey> ParseKey(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(json::object record, ParseRecord(key, bytes));
  const auto pkcs8 = base::Base64Decode(StringMember(record, "Pkcs8"));
  if (!pkcs8) return base::InternalError("record " + std::string(key) + " holds no key");
  SALLYPORT_ASSIGN(jose::SigningKey signing, jose::SigningKey::FromPkcs8(*pkcs8));
  return TokenKey{std::string(StringMember(record, "PoolId")),
                  std::string(StringMember(record, "Kid")), IntMember(record, "Created"),
                  std::string(StringMember(record, "Jwk")), std::move(signing)};
}

base::Result<std::shared_ptr<const TokenKey>> Parsed(const std::string& key, std::string bytes) {
  thread_local ParsedRecords<TokenKey> parsed;
  return parsed.Get(key, std::move(bytes),
                    [&key](std::string_view text) { return ParseKey(key, text); });
}

base::Result<std::vector<store::ListItem>> ListKeys(store::Reader& reader,
                                                    std::string_view pool_id) {
  SALLYPORT_ASSIGN(std::vector<store::ListItem> items,
                   reader.List(kKeyIndex, std::string(pool_id) + "/", std::nullopt, kMostKeys));
  return items;
}

base::Error NoKey(std::string_view pool_id) {
  return {"ResourceNotFoundException", "User pool " + std::string(pool_id) + " does not exist.",
          "the pool has no key"};
}

}  // namespace

std::string TokenKeyKey(std::string_view kid) {
  return "key/" + std::string(kid);
}

base::Result<std::shared_ptr<const TokenKey>> MakeTokenKey(std::string_view pool_id,
                                                           const base::Clock& clock) {
  SALLYPORT_ASSIGN(jose::SigningKey signing, jose::SigningKey::Generate());
  std::array<uint8_t, 32> bytes{};
  base::RandomBytes(bytes);
  std::string kid = base::Base64Encode(bytes);
  std::string jwk = signing.ToPublic().ToJwk(kid);
  return std::shared_ptr<const TokenKey>(
      std::make_shared<TokenKey>(TokenKey{std::string(pool_id), std::move(kid), clock.WallMillis(),
                                          std::move(jwk), std::move(signing)}));
}

base::Status AddTokenKey(store::Tx& tx, const TokenKey& key, std::string_view issuer) {
  const base::Secret pkcs8 = key.signing.ToPkcs8();
  base::Secret record(
      json::serialize(json::object{{"PoolId", key.pool_id},
                                   {"Kid", key.kid},
                                   {"Created", key.created_millis},
                                   {"Jwk", key.jwk},
                                   {"Pkcs8", base::Base64Encode(base::AsBytes(pkcs8.Reveal()))}}));
  SALLYPORT_TRY(
      tx.Put(TokenKeyKey(key.kid), record.Reveal(),
             {{std::string(kKeyIndex), key.pool_id + "/" + SortableMillis(key.created_millis)}}));
  return PublishKey(tx, issuer, key.kid, key.jwk);
}

base::Status RemoveTokenKeys(store::Tx& tx, std::string_view pool_id, std::string_view issuer) {
  SALLYPORT_ASSIGN(const auto items, ListKeys(tx, pool_id));
  for (const store::ListItem& item : items) {
    SALLYPORT_ASSIGN(json::object record, ParseRecord(item.key, item.value));
    SALLYPORT_TRY(WithdrawKey(tx, issuer, StringMember(record, "Kid")));
    SALLYPORT_TRY(tx.Delete(item.key));
  }
  return {};
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Current(std::string_view pool_id) {
  return Current(store_, pool_id);
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Current(store::Reader& reader,
                                                               std::string_view pool_id) {
  SALLYPORT_ASSIGN(auto items, ListKeys(reader, pool_id));
  if (items.empty()) return NoKey(pool_id);
  return Parsed(items.back().key, std::move(items.back().value));
}

base::Result<std::shared_ptr<const TokenKey>> KeyRing::Find(std::string_view kid) {
  const std::string key = TokenKeyKey(kid);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, store_.Get(key));
  if (!bytes) return std::shared_ptr<const TokenKey>();
  return Parsed(key, std::move(*bytes));
}

base::Result<std::string> KeyRing::Jwks(std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto items, ListKeys(store_, pool_id));
  if (items.empty()) return NoKey(pool_id);
  std::string set = "{\"keys\":[";
  for (const store::ListItem& item : items) {
    SALLYPORT_ASSIGN(json::object record, ParseRecord(item.key, item.value));
    if (!set.ends_with('[')) set += ',';
    set += StringMember(record, "Jwk");
  }
  return set + "]}";
}

namespace {

base::Status Reconcile(const Services& services, std::string_view pool_id) {
  const std::string issuer = IssuerOf(services.settings, pool_id);
  return Commit(services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(Pool pool, GetPool(tx, pool_id));
    SALLYPORT_ASSIGN(const auto items, ListKeys(tx, pool_id));
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(json::object record, ParseRecord(item.key, item.value));
      const std::string_view kid = StringMember(record, "Kid");
      SALLYPORT_TRY(WithdrawKey(tx, pool.published_issuer, kid));
      SALLYPORT_TRY(PublishKey(tx, issuer, kid, StringMember(record, "Jwk")));
    }
    pool.published_issuer = issuer;
    return PutPool(tx, pool);
  });
}

}  // namespace

base::Status ReconcileIssuers(const Services& services) {
  constexpr size_t kPage = 100;
  std::string after;
  do {
    SALLYPORT_ASSIGN(PoolPage page, ListPools(services, "", after, kPage));
    for (const Pool& pool : page.pools) {
      if (pool.published_issuer == IssuerOf(services.settings, pool.id)) continue;
      SALLYPORT_TRY(Reconcile(services, pool.id));
    }
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

}  // namespace sallyport::domain
