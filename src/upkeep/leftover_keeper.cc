#include "upkeep/leftover_keeper.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/password_guesses.h"
#include "domain/messages/message.h"
#include "domain/records/expiry.h"
#include "domain/users/sign_ups.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::upkeep {
namespace {

// The records of one commit. Others wait for it no longer than for a sign-in.
constexpr size_t kLeftoversAtOnce = 200;
// A sign-up has about ten records.
constexpr size_t kSignUpBatch = 20;

// Runs `step`, which gives how many records it has deleted, in one commit after another as long as
// it deletes `batch`.
base::Result<size_t> Repeat(store::Store& store, size_t batch,
                            const std::function<base::Result<size_t>(store::Tx&)>& step) {
  size_t deleted = 0;
  for (size_t last = batch; last == batch;) {
    SALLYPORT_ASSIGN(store::Written committed, store.Update([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(last, step(tx));
      return {};
    }));
    SALLYPORT_TRY(std::move(committed.outcome));
    deleted += last;
  }
  return deleted;
}

base::Result<size_t> DeleteSorted(store::Tx& tx, domain::Leftover leftover,
                                  int64_t before_seconds) {
  const std::string now = domain::ExpirySort(std::max<int64_t>(0, before_seconds));
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                   tx.List(domain::LeftoverIndex(leftover), "", std::nullopt, kLeftoversAtOnce));
  size_t deleted = 0;
  for (const store::ListItem& item : items) {
    if (item.sort >= now) break;
    SALLYPORT_TRY(tx.Delete(item.key));
    ++deleted;
  }
  return deleted;
}

base::Result<size_t> DeleteExpired(store::Tx& tx, domain::Leftover leftover,
                                   store::WatchedTime now) {
  return DeleteSorted(tx, leftover, now.seconds());
}

// For records that must not become valid again by any clock (ServerTime): sessions that were
// answered.
base::Result<size_t> DeleteExpired(store::Tx& tx, domain::Leftover leftover,
                                   store::ForgetBefore before) {
  return DeleteSorted(tx, leftover, before.seconds());
}

}  // namespace

LeftoverKeeper::LeftoverKeeper(store::Store& store, const store::ServerTime& time,
                               const domain::Ceilings& ceilings, domain::CeilingWatch& watch,
                               std::chrono::seconds period)
    : store_(store),
      time_(time),
      ceilings_(ceilings),
      watch_(watch),
      period_(period),
      thread_([this] { Run(); }) {}

LeftoverKeeper::~LeftoverKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

base::Status LeftoverKeeper::Clean() {
  // Not by a wall clock: if it were ahead for a while, valid codes and lock-outs in force would be
  // deleted, and would not come back when it is corrected.
  const store::WatchedTime now = time_.watched();
  for (const domain::Leftover leftover :
       {domain::Leftover::kCodes, domain::Leftover::kUnknownNames, domain::Leftover::kChallenges,
        domain::Leftover::kWrongPasswords, domain::Leftover::kUnknownWrongPasswords}) {
    SALLYPORT_TRY(Repeat(store_, kLeftoversAtOnce,
                         [&](store::Tx& tx) { return DeleteExpired(tx, leftover, now); }));
  }
  const store::ForgetBefore forget_before = time_.forget_before();
  SALLYPORT_TRY(Repeat(store_, kLeftoversAtOnce, [&](store::Tx& tx) {
    return DeleteExpired(tx, domain::Leftover::kUsedSessions, forget_before);
  }));
  SALLYPORT_ASSIGN(const size_t old, Repeat(store_, kSignUpBatch, [&](store::Tx& tx) {
                     return domain::DeleteOldSignUps(tx, ceilings_, now, kSignUpBatch);
                   }));
  if (old > 0) {
    base::LogInfo("sign-ups that were never confirmed were deleted because of their age",
                  {{"sign_ups", old}});
  }
  // For a ceiling that was lowered.
  SALLYPORT_TRY(Evict(domain::Leftover::kSignUps, kSignUpBatch, [&](store::Tx& tx) {
    return domain::EvictSignUps(tx, ceilings_, now, kSignUpBatch);
  }));
  SALLYPORT_TRY(Evict(domain::Leftover::kChallenges, kLeftoversAtOnce, [&](store::Tx& tx) {
    return domain::EvictChallenges(tx, ceilings_, now, kLeftoversAtOnce);
  }));
  SALLYPORT_TRY(Evict(domain::Leftover::kWrongPasswords, kLeftoversAtOnce, [&](store::Tx& tx) {
    return domain::EvictPasswordGuesses(tx, ceilings_, now, kLeftoversAtOnce);
  }));
  return Evict(domain::Leftover::kHeldMessages, kLeftoversAtOnce, [&](store::Tx& tx) {
    return domain::EvictHeldMessages(tx, ceilings_, now, kLeftoversAtOnce);
  });
}

base::Status LeftoverKeeper::Evict(domain::Leftover leftover, size_t batch,
                                   const std::function<base::Result<size_t>(store::Tx&)>& step) {
  SALLYPORT_ASSIGN(const size_t evicted, Repeat(store_, batch, step));
  if (evicted > 0) watch_.Met(leftover);
  return {};
}

void LeftoverKeeper::Report() {
  for (size_t i = 0; i < domain::kLeftovers; ++i) {
    const auto leftover = static_cast<domain::Leftover>(i);
    const uint64_t times = watch_.times(leftover);
    const uint64_t since = times - std::exchange(reported_[i], times);
    if (since == 0) continue;
    base::LogWarning(
        "a ceiling was reached: calls without credentials were refused, or old leftovers deleted",
        {{"ceiling", domain::LeftoverName(leftover)},
         {"kib", ceilings_[leftover] / domain::kKib},
         {"times", since},
         {"what_helps", "--ceiling raises it, --quota limits such calls"}});
  }
}

void LeftoverKeeper::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, period_, [this] { return stopping_; })) {
    lock.unlock();
    Report();
    if (const auto cleaned = store_.runs_jobs() ? Clean() : base::Status(); !cleaned) {
      base::LogError("leftovers not deleted", {{"cause", cleaned.error().cause}});
    }
    lock.lock();
  }
}

}  // namespace sallyport::upkeep
