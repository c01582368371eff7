#include "domain/keys/sealing.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/clients/client.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/vault.h"
#include "domain/pools/pool.h"
#include "domain/records/json.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

constexpr std::string_view kSealing = "meta/sealing";
// Its values. If the record is absent, something may not be sealed yet.
constexpr std::string_view kScrubPending = "scrub";  // old files may hold clear text
constexpr std::string_view kDone = "done";
constexpr size_t kSealedAtATime = 100;

base::Result<std::optional<std::string>> State(store::Store& store) {
  return store.Get(kSealing);
}

base::Status Update(store::Store& store, const std::function<base::Status(store::Tx&)>& fn) {
  SALLYPORT_ASSIGN(store::Written committed, store.Update(fn));
  return std::move(committed.outcome);
}

base::Status SetState(store::Store& store, std::string_view state) {
  return Update(store, [state](store::Tx& tx) { return tx.Put(kSealing, state, {}); });
}

// Gives the record with nothing in clear; nullopt where it is sealed already.
using Sealer =
    std::function<base::Result<std::optional<std::string>>(store::Reader&, const store::ListItem&)>;

// Seals every record of `index`, in small commits.
base::Status SealAll(store::Store& store, std::string_view index, const Sealer& seal) {
  std::optional<store::ListPosition> after;
  for (size_t read = kSealedAtATime; read == kSealedAtATime;) {
    std::optional<store::ListPosition> last;
    const auto batch = [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(index, "", after, kSealedAtATime));
      for (const store::ListItem& item : items) {
        SALLYPORT_ASSIGN(const std::optional<std::string> sealed, seal(tx, item));
        if (!sealed) continue;
        SALLYPORT_TRY(tx.Put(kSealing, kScrubPending, {}));
        SALLYPORT_ASSIGN(const bool written, tx.Exchange(item.key, item.value, *sealed));
        if (!written) return base::InternalError("cannot seal record " + item.key);
      }
      read = items.size();
      if (!items.empty()) last = {items.back().sort, items.back().key};
      return {};
    };
    SALLYPORT_TRY(Update(store, batch));
    after = std::move(last);
  }
  return {};
}

// Earlier versions had PKCS#8 in Base64, and the issuer only in the pool's record.
constexpr std::string_view kClearKeyMember = "Pkcs8";
struct ClearKey {
  std::string pkcs8;
};
constexpr auto kClearKey = RecordOf<ClearKey>(Member(kClearKeyMember, &ClearKey::pkcs8));

base::Result<std::optional<std::string>> SealKey(const Vault& vault, store::Reader& reader,
                                                 const store::ListItem& item) {
  SALLYPORT_ASSIGN(json::object record, ParseRecord(item.key, item.value));
  const std::string clear = kClearKey.Read(record).pkcs8;
  if (clear.empty()) return std::optional<std::string>();
  const auto der = base::Base64Decode(clear);
  if (!der) return base::InternalError("record " + item.key + " holds no key");
  const base::Secret pkcs8(std::string(der->begin(), der->end()));
  TokenKeyRecord key = kTokenKeyRecord.Read(record);
  SALLYPORT_ASSIGN(const Pool pool, GetPool(reader, key.pool_id));
  key.issuer = pool.published_issuer;
  key.sealed = SealTokenKey(vault, key.kid, pkcs8.Reveal());
  kTokenKeyRecord.Replace(key, record);
  record.erase(kClearKeyMember);
  return std::optional<std::string>(json::serialize(record));
}

}  // namespace

base::Status SealStore(store::Store& store, const Vault& vault) {
  SALLYPORT_ASSIGN(const auto before, State(store));
  if (before == kDone) return {};
  SALLYPORT_TRY(SealAll(store, kKeyIndex, [&](store::Reader& reader, const store::ListItem& item) {
    return SealKey(vault, reader, item);
  }));
  SALLYPORT_TRY(SealAll(store, kClientIndex, [&](store::Reader&, const store::ListItem& item) {
    return SealClientRecord(vault, item.key, item.value);
  }));
  SALLYPORT_ASSIGN(const auto after, State(store));
  return after ? base::Status() : SetState(store, kDone);
}

base::Status ScrubSealed(store::Store& store) {
  SALLYPORT_ASSIGN(const auto state, State(store));
  if (state != kScrubPending) return {};
  base::LogInfo("secrets are sealed; the store's files are being rewritten without them");
  if (auto scrubbed = store.Scrub(); !scrubbed) {
    if (scrubbed.error().code != store::kScrubLater) return scrubbed;
    base::LogWarning(
        "the store's files still contain secrets in clear that an earlier version wrote, because "
        "they could not be rewritten; the next start tries again",
        {{"cause", scrubbed.error().message}});
    return {};
  }
  base::LogInfo(
      "the store's files no longer contain secrets in clear; backups that were made before still "
      "do");
  return SetState(store, kDone);
}

}  // namespace sallyport::domain
