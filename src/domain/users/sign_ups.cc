#include "domain/users/sign_ups.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_codes.h"
#include "domain/credentials/code.h"
#include "domain/credentials/code_record.h"
#include "domain/limits/room.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/users/user.h"
#include "domain/users/user_removal.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// How many sign-ups one commit deletes. Each has about ten records.
constexpr size_t kSignUpsEvictedForOne = 8;
constexpr size_t kSignUpsAtOnce = 50;
// Exists once the sign-ups of older versions are indexed.
constexpr std::string_view kSignUpsIndexed = "meta/sign-ups-indexed";

// The oldest sign-up whose sort begins with `prefix` and is less than `end`.
base::Result<std::optional<std::string>> Oldest(store::Reader& reader, std::string_view prefix,
                                                const std::string& end) {
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                   reader.List(LeftoverIndex(Leftover::kSignUps), prefix, std::nullopt, 1));
  if (items.empty() || items.front().sort >= end) return std::optional<std::string>();
  return std::optional(items.front().key);
}

// A sign-up whose code has expired.
base::Result<std::optional<std::string>> Evictable(store::Reader& reader, store::WatchedTime now) {
  return Oldest(reader, kSignUpsWithCode, SignUpSort({.code_sent = true, .millis = now.millis()}));
}

// False: its pool is being removed, and the user with it.
base::Result<bool> DeleteSignUp(store::Tx& tx, std::string_view key) {
  SALLYPORT_ASSIGN(const std::optional<User> user, GetUserByKey(tx, key));
  if (!user || user->status != kUnconfirmed) {
    return base::InternalError("not a sign-up, but listed as one: " + std::string(key));
  }
  const auto pool = GetPool(tx, user->pool_id);
  if (!pool && pool.error().code == base::code::kResourceNotFound) return false;
  if (!pool) return pool.error();
  SALLYPORT_TRY(DeleteUser(tx, *pool, *user));
  return true;
}

// Makes the state from what an older version stored about a sign-up.
base::Status IndexSignUp(store::Tx& tx, const Services& services, User& user) {
  if (user.status != kUnconfirmed || user.sign_up.millis != 0) return {};
  SALLYPORT_ASSIGN(const CodeRecord code,
                   ReadCodeRecord(tx, {user.pool_id, user.sub, CodePurpose::kSignUp}));
  const int64_t left = std::max<int64_t>(0, code.expires_millis - services.clock.WallMillis());
  user.sign_up = {.code_sent = left > 0, .millis = services.clock.watched().millis() + left};
  return PutUser(tx, user);
}

base::Status IndexSignUpsOf(const Services& services, const std::string& pool_id) {
  const std::string prefix = UserIndexPrefix(pool_id, kUnconfirmed) + "/";
  std::optional<store::ListPosition> after;
  for (bool more = true; more;) {
    const std::optional<store::ListPosition> from = after;
    const auto batch = [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(UserIndex("cognito:user_status"), prefix, from, kSignUpsAtOnce));
      for (const store::ListItem& item : items) {
        SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, pool_id, item.value));
        if (user) SALLYPORT_TRY(IndexSignUp(tx, services, *user));
        after = {item.sort, item.key};
      }
      more = items.size() == kSignUpsAtOnce;
      return {};
    };
    SALLYPORT_TRY(Commit(services, batch));
  }
  return {};
}

}  // namespace

base::Status CheckRoomForSignUp(store::Reader& reader, const Services& services) {
  SALLYPORT_ASSIGN(const bool room,
                   HasRoom(reader, services.settings.ceilings, Leftover::kSignUps));
  if (room) return {};
  SALLYPORT_ASSIGN(const auto evictable, Evictable(reader, services.clock.watched()));
  if (evictable) return {};
  return NoRoom(services, Leftover::kSignUps);
}

base::Status MakeRoomForSignUp(store::Tx& tx, const Services& services) {
  SALLYPORT_ASSIGN(const size_t evicted,
                   EvictSignUps(tx, services.settings.ceilings, services.clock.watched(),
                                kSignUpsEvictedForOne));
  if (evicted > 0 && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kSignUps);
  }
  return CheckRoom(tx, services, Leftover::kSignUps);
}

base::Result<size_t> EvictSignUps(store::Tx& tx, const Ceilings& ceilings, store::WatchedTime now,
                                  size_t limit) {
  for (size_t evicted = 0; evicted < limit; ++evicted) {
    SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kSignUps));
    if (room) return evicted;
    SALLYPORT_ASSIGN(const std::optional<std::string> key, Evictable(tx, now));
    if (!key) return evicted;
    SALLYPORT_ASSIGN(const bool deleted, DeleteSignUp(tx, *key));
    if (!deleted) return evicted;
  }
  return limit;
}

base::Result<size_t> DeleteOldSignUps(store::Tx& tx, const Ceilings& ceilings,
                                      store::WatchedTime now, size_t limit) {
  const int64_t millis = now.millis() - ceilings.unconfirmed_seconds * 1000;
  if (millis <= 0) return size_t{0};
  size_t old = 0;
  for (const bool code_sent : {true, false}) {
    const std::string end = SignUpSort({.code_sent = code_sent, .millis = millis});
    while (old < limit) {
      SALLYPORT_ASSIGN(const std::optional<std::string> key,
                       Oldest(tx, code_sent ? kSignUpsWithCode : kSignUpsWithoutCode, end));
      if (!key) break;
      SALLYPORT_ASSIGN(const bool deleted, DeleteSignUp(tx, *key));
      if (!deleted) break;
      ++old;
    }
  }
  return old;
}

base::Status IndexSignUps(const Services& services) {
  SALLYPORT_ASSIGN(const auto indexed, services.store.Get(kSignUpsIndexed));
  if (indexed) return {};
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> pools,
                     services.store.List(kPoolIndex, "", after, kSignUpsAtOnce));
    for (const store::ListItem& item : pools) {
      SALLYPORT_ASSIGN(const Pool pool, ParsePool(item.key, item.value));
      SALLYPORT_TRY(IndexSignUpsOf(services, pool.id));
      after = {item.sort, item.key};
    }
    if (pools.size() < kSignUpsAtOnce) break;
  }
  return Commit(services, [](store::Tx& tx) { return tx.Put(kSignUpsIndexed, "", {}); });
}

}  // namespace sallyport::domain
