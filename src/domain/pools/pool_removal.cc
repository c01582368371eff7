#include "domain/pools/pool_removal.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"
#include "domain/pools/resource_server.h"
#include "domain/records/commit.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "domain/users/group.h"
#include "domain/users/user.h"
#include "domain/users/user_import.h"
#include "domain/users/user_removal.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

constexpr std::string_view kPoolRemovals = "pool-removals";
// Small enough that commits of other calls hardly have to wait.
constexpr size_t kRemovalBatch = 100;

std::string PoolRemovalKey(std::string_view pool_id) {
  return "pool-removal/" + std::string(pool_id);
}

// Calls `remove` for every record of `index` that belongs to the pool, in small commits. `remove`
// must take the record out of the index.
base::Status RemoveAll(
    const Services& services, std::string_view index, const Pool& pool,
    const std::function<base::Status(store::Tx&, const store::ListItem&)>& remove) {
  const std::string prefix = pool.id + "/";
  for (bool more = true; more;) {
    const auto batch = [&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(index, prefix, std::nullopt, kRemovalBatch));
      for (const store::ListItem& item : items) SALLYPORT_TRY(remove(tx, item));
      more = items.size() == kRemovalBatch;
      return {};
    };
    // Allowed even on a full disk: a removal that has begun frees space, and must be able to
    // finish.
    SALLYPORT_TRY(WithoutRelease(CommitRevoking(services, batch)));
  }
  return {};
}

base::Status RemoveRecords(const Services& services, const Pool& pool) {
  const auto remove = [](store::Tx& tx, const store::ListItem& item) {
    return tx.Delete(item.key);
  };
  // Jobs that would create more records are removed first. The next sweep deletes their files.
  SALLYPORT_TRY(RemoveAll(services, kUserImports, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kUserImportFailures, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kUsersByCreation, pool,
                          [&pool](store::Tx& tx, const store::ListItem& item) -> base::Status {
                            SALLYPORT_ASSIGN(const std::optional<User> user,
                                             GetUser(tx, pool.id, item.value));
                            if (user) return DeleteUser(tx, pool, *user);
                            return tx.Delete(item.key);
                          }));
  SALLYPORT_TRY(RemoveAll(services, kClientIndex, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kResourceServers, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kFamiliesByUser, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kBrowserSessionsByUser, pool, remove));
  SALLYPORT_TRY(RemoveAll(services, kGroupsByName, pool, remove));
  return WithoutRelease(CommitRevoking(
      services, [&pool](store::LogTx& tx) { return tx.Delete(PoolRemovalKey(pool.id)); }));
}

// Makes the pool and all its tokens invalid.
base::Status Withdraw(const Services& services, store::LogTx& tx, const Pool& pool) {
  const std::string issuer = IssuerOf(services.settings, pool.id);
  const int64_t now = services.clock.WallSeconds();
  SALLYPORT_TRY(RemoveTokenKeys(tx, pool.id));
  SALLYPORT_TRY(RevokePool(tx, issuer, now));
  if (pool.published_issuer != issuer) SALLYPORT_TRY(RevokePool(tx, pool.published_issuer, now));
  SALLYPORT_TRY(tx.Delete(PoolKey(pool.id)));
  return tx.Put(PoolRemovalKey(pool.id), SerializePool(pool),
                {{std::string(kPoolRemovals), pool.id}});
}

}  // namespace

base::Result<store::Release> RemovePool(const Services& services, std::string_view pool_id) {
  std::optional<Pool> removed;
  const auto remove = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(Pool pool, GetPool(tx, pool_id));
    if (pool.settings.deletion_protected) {
      return error::kDeletionProtected();
    }
    if (!pool.settings.domain.empty() || !pool.settings.custom_domain.empty()) {
      return error::kPoolHasDomain();
    }
    SALLYPORT_TRY(Withdraw(services, tx, pool));
    removed = std::move(pool);
    return {};
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitRevoking(services, remove));
  SALLYPORT_TRY(RemoveRecords(services, *removed));
  return release;
}

base::Status FinishPoolRemovals(const Services& services) {
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     services.store.List(kPoolRemovals, "", std::nullopt, kRemovalBatch));
    if (items.empty()) return {};
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(const Pool pool, ParsePool(item.key, item.value));
      SALLYPORT_TRY(RemoveRecords(services, pool));
    }
  }
}

}  // namespace sallyport::domain
