#include "domain/recover.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/commit.h"
#include "domain/family.h"
#include "domain/key_ring.h"
#include "domain/pool.h"
#include "domain/revoke.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr size_t kPage = 200;

// The old key is withdrawn under every issuer that it may be known by.
base::Status RotateKey(const Services& services, std::string_view pool_id) {
  const std::string issuer = IssuerOf(services.settings, pool_id);
  SALLYPORT_ASSIGN(const auto key, MakeTokenKey(pool_id, services.clock));
  return Commit(services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(Pool pool, GetPool(tx, pool_id));
    SALLYPORT_TRY(RemoveTokenKeys(tx, pool_id, pool.published_issuer));
    SALLYPORT_TRY(AddTokenKey(tx, *key, issuer));
    pool.published_issuer = issuer;
    return PutPool(tx, pool);
  });
}

base::Status RotateKeys(const Services& services) {
  std::string after;
  do {
    SALLYPORT_ASSIGN(PoolPage page, ListPools(services, "", after, kPage));
    for (const Pool& pool : page.pools) SALLYPORT_TRY(RotateKey(services, pool.id));
    after = std::move(page.next);
  } while (!after.empty());
  return {};
}

base::Status RevokeFamilies(const Services& services) {
  std::optional<store::ListPosition> after;
  for (;;) {
    std::optional<store::ListPosition> last;
    const auto commit = [&](store::Tx& tx) -> base::Status {
      last.reset();
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(kFamiliesByExpiry, "", after, kPage));
      for (const store::ListItem& item : items) {
        SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, FamilyIdOf(item.key)));
        if (!family) continue;
        SALLYPORT_TRY(RevokeFamily(tx, *family, services.clock.WallSeconds()));
      }
      if (items.size() == kPage) last = {items.back().sort, items.back().key};
      return {};
    };
    SALLYPORT_TRY(Commit(services, commit));
    if (!last) return {};
    after = std::move(last);
  }
}

}  // namespace

base::Status Recover(const Services& services) {
  SALLYPORT_TRY(RotateKeys(services));
  SALLYPORT_TRY(RevokeFamilies(services));
  return services.store.BeginHistory();
}

}  // namespace sallyport::domain
