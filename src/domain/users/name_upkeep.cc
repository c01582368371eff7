#include "domain/users/name_upkeep.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_codes.h"
#include "base/log.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// Says by which rules the names of older versions have been converted.
constexpr std::string_view kNamesRenewed = "meta/names-renewed";
// An empty text: their index rows were not converted yet.
constexpr std::string_view kPresentRules = "with index rows";
constexpr size_t kUsersRead = 500;
// If there are more, only their number is logged.
constexpr size_t kMostNamed = 100;

// Calls `visit` for each item of the index.
base::Status EachItem(
    const Services& services, std::string_view index, std::string_view prefix,
    const std::function<base::Status(const std::vector<store::ListItem>&)>& visit) {
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     services.store.List(index, prefix, after, kUsersRead));
    if (items.empty()) return {};
    SALLYPORT_TRY(visit(items));
    after = {items.back().sort, items.back().key};
  }
}

base::Status RenewAll(const Services& services, const std::string& pool_id,
                      const std::vector<std::string>& subs) {
  if (subs.empty()) return {};
  return Commit(services, [&](store::Tx& tx) -> base::Status {
    const auto pool = GetPool(tx, pool_id);
    // The pool is being removed.
    if (!pool && pool.error().code == base::code::kResourceNotFound) return {};
    if (!pool) return pool.error();
    for (const std::string& sub : subs) {
      SALLYPORT_ASSIGN(const std::optional<User> user, GetUser(tx, pool_id, sub));
      if (user) SALLYPORT_TRY(RenewNames(tx, *pool, *user));
    }
    return {};
  });
}

// Names that consist of ASCII only, as nearly all do, have the same form as before.
base::Status RenewPool(const Services& services, const std::string& pool_id) {
  const auto visit = [&](const std::vector<store::ListItem>& items) -> base::Status {
    std::vector<std::string> subs;
    for (const store::ListItem& item : items) {
      SALLYPORT_ASSIGN(const auto anchor, services.store.Get(UserKey(pool_id, item.value)));
      const bool other = anchor && std::any_of(anchor->begin(), anchor->end(), [](char c) {
                           return static_cast<unsigned char>(c) >= 0x80;
                         });
      if (other) subs.push_back(item.value);
    }
    return RenewAll(services, pool_id, subs);
  };
  return EachItem(services, kUsersByCreation, pool_id + "/", visit);
}

base::Status RenewStore(const Services& services) {
  SALLYPORT_ASSIGN(const auto renewed, services.store.Get(kNamesRenewed));
  if (renewed == kPresentRules) return {};
  SALLYPORT_TRY(EachItem(services, kPoolIndex, "",
                         [&](const std::vector<store::ListItem>& pools) -> base::Status {
                           for (const store::ListItem& item : pools) {
                             SALLYPORT_ASSIGN(const Pool pool, ParsePool(item.key, item.value));
                             SALLYPORT_TRY(RenewPool(services, pool.id));
                           }
                           return {};
                         }));
  return Commit(services, [](store::Tx& tx) { return tx.Put(kNamesRenewed, kPresentRules, {}); });
}

// Tries again those whose present form may be free by now.
base::Status RetryColliding(const Services& services) {
  return EachItem(services, kCollidingNames, "",
                  [&](const std::vector<store::ListItem>& items) -> base::Status {
                    for (const store::ListItem& item : items) {
                      SALLYPORT_TRY(RenewAll(services, item.sort, {item.value}));
                    }
                    return {};
                  });
}

base::Status TellOfColliding(const Services& services) {
  size_t names = 0;
  const auto visit = [&](const std::vector<store::ListItem>& items) -> base::Status {
    for (const store::ListItem& item : items) {
      if (++names > kMostNamed) continue;
      base::LogWarning(
          "by the present rules, a name is the same as another user's: both keep working if typed "
          "exactly as they were written; rename one of the users (docs/guide/names.md)",
          {{"user_pool", item.sort},
           {"name",
            std::string_view(item.key).substr(item.key.find(item.sort) + item.sort.size() + 1)},
           {"sub", item.value}});
    }
    return {};
  };
  SALLYPORT_TRY(EachItem(services, kCollidingNames, "", visit));
  if (names > kMostNamed) {
    base::LogWarning("more names than are listed are the same as another user's",
                     {{"names", names}, {"listed", kMostNamed}});
  }
  return {};
}

}  // namespace

base::Status KeepNames(const Services& services) {
  SALLYPORT_TRY(RenewStore(services));
  SALLYPORT_TRY(RetryColliding(services));
  return TellOfColliding(services);
}

}  // namespace sallyport::domain
