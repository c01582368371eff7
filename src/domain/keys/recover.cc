#include "domain/keys/recover.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/credentials/challenge.h"
#include "domain/credentials/code_record.h"
#include "domain/keys/key_start.h"
#include "domain/limits/ceilings.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr size_t kRecordsRead = 200;

base::Status RotateKeys(const Services& services, IssuersOf issuers) {
  std::string after;
  do {
    SALLYPORT_ASSIGN(PoolPage page, ListPools(services, "", after, kRecordsRead));
    for (const Pool& pool : page.pools) {
      const bool keep = issuers == IssuersOf::kStore && !pool.published_issuer.empty();
      SALLYPORT_TRY(ReplaceTokenKeys(
          services, pool.id, keep ? pool.published_issuer : IssuerOf(services.settings, pool.id)));
    }
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

base::Status RevokeFamilies(const Services& services) {
  std::optional<store::ListPosition> after;
  for (;;) {
    std::optional<store::ListPosition> last;
    const auto commit = [&](store::LogTx& tx) -> base::Status {
      last.reset();
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(kFamiliesByExpiry, "", after, kRecordsRead));
      for (const store::ListItem& item : items) {
        SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, FamilyIdOf(item.key)));
        if (!family) continue;
        SALLYPORT_TRY(RevokeFamily(tx, *family, services.clock.WallSeconds()));
      }
      if (items.size() == kRecordsRead) last = {items.back().sort, items.back().key};
      return {};
    };
    SALLYPORT_TRY(WithoutRelease(CommitRevoking(services, commit)));
    if (!last) return {};
    after = std::move(last);
  }
}

// Otherwise values that were used up or cancelled after the backup would be valid again.
base::Status DeleteOneTimeValues(const Services& services) {
  for (const std::string_view index : {kCodesByExpiry, LeftoverIndex(Leftover::kCodes),
                                       kChallengesByExpiry, LeftoverIndex(Leftover::kChallenges)}) {
    for (size_t deleted = kRecordsRead; deleted == kRecordsRead;) {
      const auto commit = [&](store::Tx& tx) -> base::Status {
        SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                         tx.List(index, "", std::nullopt, kRecordsRead));
        for (const store::ListItem& item : items) SALLYPORT_TRY(tx.Delete(item.key));
        deleted = items.size();
        return {};
      };
      SALLYPORT_ASSIGN(store::Written committed, services.store.Update(commit));
      SALLYPORT_TRY(std::move(committed.outcome));
    }
  }
  return {};
}

}  // namespace

base::Status Recover(const Services& services, IssuersOf issuers) {
  SALLYPORT_TRY(RotateKeys(services, issuers));
  SALLYPORT_TRY(RevokeFamilies(services));
  SALLYPORT_TRY(DeleteOneTimeValues(services));
  return services.store.BeginHistory();
}

}  // namespace sallyport::domain
