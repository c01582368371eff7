#include "domain/keys/key_rotation.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/log.h"
#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/tokens/revoke.h"
#include "revocation/revocation.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr size_t kKeysPage = 100;
constexpr size_t kClientsPage = 100;
// Making a key takes long, and other pools wait for their next step.
constexpr size_t kMostBegunAtOnce = 20;
constexpr int64_t kMillis = 1000;
constexpr int64_t kKeyDayMillis = 86'400 * kMillis;
// A JWK set is sent some time before a cache begins to count its lifetime.
constexpr int64_t kJwksOnItsWayMillis = 5 * kMillis;
constexpr std::string_view kNextKeys = "next/";
constexpr std::string_view kRetiringKeys = "retiring/";

// For how long JWK sets may still be cached. By store::WatchedTime.
constexpr std::string_view kJwksRecordKey = "meta/jwks";
struct JwksLifetime {
  int64_t seconds = 0;  // the lifetime that JWK sets state now
  // Until when a JWK set with a longer lifetime may still be cached.
  int64_t longer_until_millis = 0;
};
constexpr auto kJwksRecord =
    RecordOf<JwksLifetime>(Member("Seconds", &JwksLifetime::seconds),
                           Member("LongerUntilWatched", &JwksLifetime::longer_until_millis));

base::Result<std::optional<JwksLifetime>> ReadJwksLifetime(store::Reader& reader) {
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(kJwksRecordKey));
  if (!bytes) return std::optional<JwksLifetime>();
  SALLYPORT_ASSIGN(const boost::json::object record, ParseRecord(kJwksRecordKey, *bytes));
  return std::optional(kJwksRecord.Read(record));
}

StageBegin BeginsNow(const Services& services) {
  return {services.clock.WallMillis(), services.clock.watched().millis()};
}

void EnterStage(TokenKeyRecord& key, KeyStage stage, const StageBegin& now) {
  key.stage = stage;
  key.stage_millis = now.millis;
  key.stage_watched_millis = now.watched_millis;
}

// By the watched time, so that a wall clock that is ahead cannot make a key sign before caches have
// it.
int64_t SignsFromWatched(const TokenKeyRecord& next, const JwksLifetime& jwks) {
  return std::max(next.stage_watched_millis + jwks.seconds * kMillis, jwks.longer_until_millis) +
         kJwksOnItsWayMillis;
}

// Until then a gate may still accept a token that the key has signed. Both clocks have to pass it:
// a wall clock that is ahead for a while must not end a key, nor one that was behind when the key
// stopped signing.
struct KeyEnd {
  int64_t wall_seconds = 0;
  int64_t watched_millis = 0;
};

KeyEnd EndOf(const TokenKeyRecord& retiring, int64_t greatest_token_seconds) {
  const int64_t kept = greatest_token_seconds + revocation::kGreatestLeewaySeconds +
                       revocation::kRetentionSlackSeconds;
  return {retiring.last_issue + kept, retiring.stage_watched_millis + kept * kMillis};
}

bool HasEnded(const Services& services, const KeyEnd& end) {
  return services.clock.WallSeconds() > end.wall_seconds &&
         services.clock.watched().millis() > end.watched_millis;
}

// The longest validity among the clients that the pool has. Tokens of a client that was deleted are
// revoked. It is read after the key has stopped signing and never decreases, so it applies to all
// tokens of the key.
int64_t GreatestOfPool(const Services& services, std::string_view pool_id) {
  int64_t greatest = 0;
  std::string after;
  do {
    auto page = ListClients(services, pool_id, after, kClientsPage);
    // Clients that cannot be read may have any validity.
    if (!page) return revocation::kGreatestTokenLifetimeSeconds;
    for (const Client& client : page->clients) {
      greatest = std::max(greatest, client.greatest_token_seconds);
    }
    after = std::move(page->next);
  } while (!after.empty());
  return greatest;
}

// When the watched time will reach `watched_millis`, by the wall clock, if the server keeps
// running.
int64_t WallAtWatched(const Services& services, int64_t watched_millis) {
  return services.clock.WallMillis() +
         std::max<int64_t>(0, watched_millis - services.clock.watched().millis());
}

// Visits each key with a row of `index` whose sort begins with `prefix`. A damaged record does not
// hinder the others; a request for the JWK set of its pool reports it.
base::Status VisitTokenKeys(store::Reader& reader, std::string_view index, std::string_view prefix,
                            const std::function<void(TokenKeyRecord)>& visit) {
  std::optional<store::ListPosition> after;
  for (size_t read = kKeysPage; read == kKeysPage;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     reader.List(index, prefix, after, kKeysPage));
    for (const store::ListItem& item : items) {
      const auto record = ParseRecord(item.key, item.value);
      if (record) visit(kTokenKeyRecord.Read(*record));
      after = {item.sort, item.key};
    }
    read = items.size();
  }
  return {};
}

base::Result<std::vector<TokenKeyRecord>> ListRotating(store::Reader& reader,
                                                       std::string_view stage) {
  std::vector<TokenKeyRecord> keys;
  SALLYPORT_TRY(VisitTokenKeys(reader, kRotatingKeys, stage,
                               [&](TokenKeyRecord key) { keys.push_back(std::move(key)); }));
  return keys;
}

base::Status MayBegin(store::Reader& reader, std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto keys, ListTokenKeys(reader, pool_id));
  if (keys.empty()) return error::kNoSuchPool.Because("the pool has no key", pool_id);
  for (const TokenKeyRecord& key : keys) {
    if (key.stage == KeyStage::kNext) return error::kRotationUnderWay(pool_id, key.kid);
  }
  if (keys.size() >= kMostKeys) return error::kTooManyKeys(pool_id, keys.size());
  return {};
}

// Called within a commit. False where the key was removed meanwhile or signs already; then nothing
// is written.
base::Result<bool> LetSign(const Services& services, store::Tx& tx, std::string_view kid) {
  SALLYPORT_ASSIGN(std::optional<TokenKeyRecord> next, GetTokenKey(tx, kid));
  if (!next || next->stage != KeyStage::kNext) return false;
  SALLYPORT_ASSIGN(std::vector<TokenKeyRecord> keys, ListTokenKeys(tx, next->pool_id));
  TokenKeyRecord& signing = keys.front();
  if (signing.stage != KeyStage::kSigning || signing.issuer != next->issuer) {
    return base::InternalError("pool " + next->pool_id + " has no key that key " + next->kid +
                               " could follow");
  }
  const StageBegin now = BeginsNow(services);
  SALLYPORT_ASSIGN(const store::TimeRecord time, store::ReadTimeRecord(tx));
  EnterStage(signing, KeyStage::kRetiring, now);
  // It covers everything that was issued before this commit, and tokens that are being signed now
  // with a key that was read before it, because the time of a token is noted before its key is
  // read.
  signing.last_issue = std::max(now.millis / kMillis, time.latest_issue);
  EnterStage(*next, KeyStage::kSigning, now);
  SALLYPORT_TRY(PutTokenKey(tx, signing));
  SALLYPORT_TRY(PutTokenKey(tx, *next));
  return true;
}

// Called within a commit. False where the key was removed meanwhile; then nothing is written.
base::Result<bool> WithdrawRetired(store::LogTx& tx, std::string_view kid) {
  SALLYPORT_ASSIGN(const std::optional<TokenKeyRecord> key, GetTokenKey(tx, kid));
  if (!key || key->stage != KeyStage::kRetiring) return false;
  SALLYPORT_TRY(RemoveTokenKey(tx, *key));
  return true;
}

// Runs a commit for each key, and logs `event` and counts it where it did something. A failure for
// one pool does not hinder the others; gives the first error.
base::Status TakeStep(
    const Services& services, const std::vector<TokenKeyRecord>& keys, std::string_view event,
    std::atomic<uint64_t>& count,
    const std::function<base::Result<bool>(store::LogTx&, std::string_view)>& step) {
  base::Status first;
  for (const TokenKeyRecord& key : keys) {
    bool taken = false;
    const base::Status done =
        WithoutRelease(CommitLog(services, [&](store::LogTx& tx) -> base::Status {
          SALLYPORT_ASSIGN(taken, step(tx, key.kid));
          return {};
        }));
    if (done && taken) {
      base::LogInfo(event, {{"pool", key.pool_id}, {"key", key.kid}});
      ++count;
    }
    if (first) first = done;
  }
  return first;
}

// The pools whose key has been signing for that long.
base::Result<std::vector<std::string>> PoolsDue(const Services& services, uint32_t days) {
  const int64_t now = services.clock.watched().millis();
  std::vector<std::string> due;
  SALLYPORT_TRY(VisitTokenKeys(services.store, kKeyIndex, "", [&](TokenKeyRecord key) {
    const int64_t age = now - key.stage_begin().watched_millis;
    if (key.stage == KeyStage::kSigning && age >= int64_t{days} * kKeyDayMillis) {
      due.push_back(std::move(key.pool_id));
    }
  }));
  return due;
}

}  // namespace

base::Result<std::vector<TokenKeyStatus>> ListKeyStatus(const Services& services,
                                                        std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto keys, ListTokenKeys(services.store, pool_id));
  if (keys.empty()) return error::kNoSuchPool(pool_id);
  SALLYPORT_ASSIGN(const auto jwks, ReadJwksLifetime(services.store));
  const int64_t greatest = GreatestOfPool(services, pool_id);
  std::vector<TokenKeyStatus> listed;
  for (const TokenKeyRecord& key : keys) {
    TokenKeyStatus status{.kid = key.kid,
                          .stage = key.stage,
                          .published_millis = key.created_millis,
                          .since_millis = key.stage_begin().millis,
                          .until_millis = {}};
    if (key.stage == KeyStage::kNext) {
      status.until_millis =
          WallAtWatched(services, SignsFromWatched(key, jwks.value_or(JwksLifetime{})));
    } else if (key.stage == KeyStage::kRetiring) {
      const KeyEnd end = EndOf(key, greatest);
      status.until_millis =
          std::max(end.wall_seconds * kMillis, WallAtWatched(services, end.watched_millis));
    }
    listed.push_back(std::move(status));
  }
  return listed;
}

base::Result<RotatingKeys> CountRotatingKeys(store::Reader& reader) {
  RotatingKeys count;
  SALLYPORT_TRY(VisitTokenKeys(reader, kRotatingKeys, kNextKeys,
                               [&](const TokenKeyRecord&) { ++count.next; }));
  SALLYPORT_TRY(VisitTokenKeys(reader, kRotatingKeys, kRetiringKeys,
                               [&](const TokenKeyRecord&) { ++count.retiring; }));
  return count;
}

base::Status BeginRotation(const Services& services, std::string_view pool_id) {
  SALLYPORT_TRY(MayBegin(services.store, pool_id));
  SALLYPORT_ASSIGN(const auto key,
                   MakeTokenKey(pool_id, IssuerOf(services.settings, pool_id), services.clock));
  const auto publish = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_TRY(MayBegin(tx, pool_id));
    return AddNextTokenKey(tx, services.vault, *key, BeginsNow(services));
  };
  SALLYPORT_TRY(WithoutRelease(CommitLog(services, publish)));
  ++services.rotation_counts->published;
  base::LogInfo("a user pool's next signing key is published",
                {{"pool", pool_id}, {"key", key->kid}});
  return {};
}

base::Status ReplaceTokenKeys(store::LogTx& tx, const Services& services, const TokenKey& key) {
  SALLYPORT_ASSIGN(Pool pool, GetPool(tx, key.pool_id));
  SALLYPORT_TRY(RemoveTokenKeys(tx, key.pool_id));
  SALLYPORT_TRY(AddTokenKey(tx, services.vault, key));
  pool.published_issuer = key.issuer;
  return PutPool(tx, pool);
}

base::Result<store::Release> ReplaceTokenKeysNow(const Services& services,
                                                 std::string_view pool_id) {
  SALLYPORT_ASSIGN(const auto key,
                   MakeTokenKey(pool_id, IssuerOf(services.settings, pool_id), services.clock));
  SALLYPORT_ASSIGN(const store::Release release, CommitRevoking(services, [&](store::LogTx& tx) {
                     return ReplaceTokenKeys(tx, services, *key);
                   }));
  ++services.rotation_counts->replaced;
  base::LogWarning("all signing keys of a user pool are withdrawn, and it has a new one",
                   {{"pool", pool_id}, {"key", key->kid}});
  return release;
}

base::Status LetNextKeysSign(const Services& services, const AwaitGates& await) {
  SALLYPORT_ASSIGN(std::vector<TokenKeyRecord> ready, ListRotating(services.store, kNextKeys));
  if (ready.empty()) return {};
  SALLYPORT_ASSIGN(const auto jwks, ReadJwksLifetime(services.store));
  if (!jwks)
    return base::InternalError("the time for which JWK sets may be cached could not be recorded");
  const int64_t now = services.clock.watched().millis();
  std::erase_if(ready,
                [&](const TokenKeyRecord& key) { return now < SignsFromWatched(key, *jwks); });
  if (ready.empty()) return {};
  // Made after the records were read, so it includes their publications.
  SALLYPORT_ASSIGN(const store::Release published, services.store.Barrier());
  if (!await(published)) return {};
  return TakeStep(
      services, ready, "a user pool's next key signs", services.rotation_counts->signing,
      [&](store::LogTx& tx, std::string_view kid) { return LetSign(services, tx, kid); });
}

base::Status WithdrawRetiredKeys(const Services& services) {
  SALLYPORT_ASSIGN(std::vector<TokenKeyRecord> ended, ListRotating(services.store, kRetiringKeys));
  std::erase_if(ended, [&](const TokenKeyRecord& key) {
    // Mostly decides without reading the clients.
    return !HasEnded(services, EndOf(key, 0)) ||
           !HasEnded(services, EndOf(key, GreatestOfPool(services, key.pool_id)));
  });
  return TakeStep(services, ended,
                  "a signing key is withdrawn: the last token that it signed has expired",
                  services.rotation_counts->withdrawn, WithdrawRetired);
}

base::Status BeginDueRotations(const Services& services, uint32_t days) {
  SALLYPORT_ASSIGN(const auto due, PoolsDue(services, days));
  size_t made = 0;
  for (const std::string& pool_id : due) {
    if (made == kMostBegunAtOnce) return {};
    const base::Status begun = BeginRotation(services, pool_id);
    if (begun) ++made;
    if (begun || error::kRotationUnderWay.Is(begun.error())) continue;
    ++services.rotation_counts->failed;
    base::LogError(
        "a user pool's signing key is due for rotation, but the rotation could not begin",
        {{"pool", pool_id}, {"message", begun.error().message}, {"cause", begun.error().cause}});
  }
  return {};
}

base::Status NoteJwksLifetime(const Services& services) {
  const int64_t seconds = services.settings.jwks_seconds;
  const auto note = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto known, ReadJwksLifetime(tx));
    if (known && known->seconds == seconds) return {};
    JwksLifetime lifetime = known.value_or(JwksLifetime{});
    if (!known) {
      // Earlier versions served JWK sets with Cognito's lifetime, if there was a pool.
      SALLYPORT_ASSIGN(const auto pools, tx.List(kPoolIndex, "", std::nullopt, 1));
      lifetime.seconds = pools.empty() ? 0 : kJwksSeconds;
    }
    if (lifetime.seconds > seconds) {
      lifetime.longer_until_millis =
          std::max(lifetime.longer_until_millis,
                   services.clock.watched().millis() + lifetime.seconds * kMillis);
    }
    lifetime.seconds = seconds;
    return tx.Put(kJwksRecordKey, boost::json::serialize(kJwksRecord.Write(lifetime)), {});
  };
  SALLYPORT_ASSIGN(const auto known, ReadJwksLifetime(services.store));
  if (known && known->seconds == seconds) return {};
  // This must succeed even on a full disk: a longer lifetime that is not noted would not be waited
  // for later.
  return WithoutRelease(CommitRevoking(services, note));
}

}  // namespace sallyport::domain
