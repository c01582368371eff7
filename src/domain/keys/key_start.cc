#include "domain/keys/key_start.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "base/log.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/key_rotation.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/tokens/revoke.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr size_t kPoolPage = 100;
constexpr size_t kLogPage = 10'000;
constexpr size_t kKidBatch = 500;
// Exists once NoteKids has finished.
constexpr std::string_view kKidsNoted = "meta/kids-noted";

base::Status VisitPools(const Services& services,
                        const std::function<base::Status(const Pool&)>& visit) {
  std::string after;
  do {
    SALLYPORT_ASSIGN(PoolPage page, ListPools(services, "", after, kPoolPage));
    for (const Pool& pool : page.pools) SALLYPORT_TRY(visit(pool));
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

// The flag with which a pool keeps the issuer that it had.
std::string WayBack(const Pool& pool) {
  const std::string& issuer = pool.published_issuer;
  Settings aws;
  aws.issuer_style = IssuerStyle::kAws;
  if (issuer == IssuerOf(aws, pool.id)) return "--issuer-style aws";
  return "--public-url " + issuer.substr(0, issuer.rfind('/'));
}

// How gates interpret the log: a key that was withdrawn under an issuer is never accepted there
// again.
class KidsOfLog {
 public:
  void Take(const revocation::Revocation& entry) {
    const bool published = entry.kind == revocation::Kind::kKeyPublished;
    if (!published && entry.kind != revocation::Kind::kKeyWithdrawn) return;
    const size_t space = entry.subject.find(' ');
    if (space == std::string::npos) return;
    const std::string issuer = entry.subject.substr(0, space);
    KidRecord& kid = kids_[entry.subject.substr(space + 1)];
    if (published) {
      kid = {issuer, withdrawn_.contains(entry.subject)};
      return;
    }
    withdrawn_.insert(entry.subject);
    if (kid.issuer.empty()) kid.issuer = issuer;
    if (kid.issuer == issuer) kid.withdrawn = true;
  }
  const std::map<std::string, KidRecord>& kids() const { return kids_; }

 private:
  std::map<std::string, KidRecord> kids_;
  std::set<std::string, std::less<>> withdrawn_;  // "{issuer} {kid}"
};

base::Status WriteKids(const Services& services, const std::map<std::string, KidRecord>& kids) {
  auto next = kids.begin();
  do {
    const auto first = next;
    const auto write = [&](store::Tx& tx) -> base::Status {
      next = first;
      for (size_t i = 0; i < kKidBatch && next != kids.end(); ++i, ++next) {
        SALLYPORT_TRY(PutKid(tx, next->first, next->second));
      }
      return next == kids.end() ? tx.Put(kKidsNoted, "1", {}) : base::Status();
    };
    SALLYPORT_TRY(Commit(services, write));
  } while (next != kids.end());
  return {};
}

// Why no gate accepts what the pool's key signs; nullopt: gates do accept it.
base::Result<std::optional<std::string>> WhyDead(const Services& services, const Pool& pool) {
  const std::string issuer = IssuerOf(services.settings, pool.id);
  const auto key = services.keys.Current(pool.id);
  if (!key) {
    if (key.error().code != base::code::kResourceNotFound) return key.error();
    return std::optional<std::string>("it has none");
  }
  SALLYPORT_ASSIGN(const auto kid, GetKid(services.store, (*key)->kid));
  std::optional<std::string> why;
  if (!kid) {
    why = "it was never published";
  } else if (kid->withdrawn) {
    why = "it was withdrawn under " + kid->issuer;
  } else if (kid->issuer != issuer || (*key)->issuer != issuer) {
    why = "it is published under " + kid->issuer + ", not under " + issuer;
  }
  return why;
}

}  // namespace

base::Status CheckIssuers(const Services& services) {
  size_t pools = 0;
  std::optional<Pool> example;
  SALLYPORT_TRY(VisitPools(services, [&](const Pool& pool) -> base::Status {
    if (pool.published_issuer.empty() ||
        pool.published_issuer == IssuerOf(services.settings, pool.id)) {
      return {};
    }
    ++pools;
    if (!example) example = pool;
    return {};
  }));
  if (!example) return {};
  return error::kOtherIssuer(pools == 1 ? "1 user pool" : fmt::format("{} user pools", pools),
                             example->id, example->published_issuer,
                             IssuerOf(services.settings, example->id), WayBack(*example));
}

base::Status NoteKids(const Services& services) {
  SALLYPORT_ASSIGN(const auto noted, services.store.Get(kKidsNoted));
  if (noted) return {};
  KidsOfLog kids;
  uint64_t after = 0;
  for (size_t read = kLogPage; read == kLogPage;) {
    SALLYPORT_ASSIGN(const auto entries, services.store.ReadLog(after, kLogPage));
    for (const auto& entry : entries) kids.Take(entry.revocation);
    if (!entries.empty()) after = entries.back().position.sequence;
    read = entries.size();
  }
  return WriteKids(services, kids.kids());
}

base::Status MendKeys(const Services& services) {
  return VisitPools(services, [&](const Pool& pool) -> base::Status {
    const std::string issuer = IssuerOf(services.settings, pool.id);
    SALLYPORT_ASSIGN(const std::optional<std::string> why, WhyDead(services, pool));
    if (!why && pool.published_issuer == issuer) return {};
    SALLYPORT_TRY(ReplaceTokenKeys(services, pool.id, issuer));
    base::LogWarning(
        "no gate would have accepted what this pool's key signs: the pool has a new key",
        {{"pool", pool.id},
         {"issuer", issuer},
         {"old_issuer", pool.published_issuer},
         {"old_key", why.value_or("published under another issuer")}});
    return {};
  });
}

base::Status ReplaceTokenKeys(const Services& services, std::string_view pool_id,
                              std::string_view issuer) {
  SALLYPORT_ASSIGN(const auto key, MakeTokenKey(pool_id, issuer, services.clock));
  return WithoutRelease(
      CommitLog(services, [&](store::LogTx& tx) { return ReplaceTokenKeys(tx, services, *key); }));
}

base::Status CheckKeys(const Services& services) {
  return VisitPools(services, [&](const Pool& pool) -> base::Status {
    SALLYPORT_ASSIGN(std::optional<std::string> why, WhyDead(services, pool));
    if (!why) return {};
    base::LogError("no gate accepts what this pool's key signs: no tokens are issued for the pool",
                   {{"pool", pool.id}, {"key", *why}});
    services.keys.NoteDead(pool.id, "no gate accepts its key: " + *why);
    return {};
  });
}

}  // namespace sallyport::domain
