#include "domain/tokens/family_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/log.h"
#include "domain/clients/client_assertion.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/code_record.h"
#include "domain/credentials/password_guesses.h"
#include "domain/credentials/shared_looks.h"
#include "domain/records/expiry.h"
#include "domain/tokens/authorization_code.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/logout_notice.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

constexpr auto kFlushPeriod = std::chrono::seconds(1);
constexpr int kFlushesPerCleaning = 60;
// The records of one commit. Others wait for it no longer than for a sign-in.
constexpr size_t kFamiliesAtOnce = 200;

base::Status OutcomeOfCommit(base::Result<store::Written> committed) {
  if (!committed) return std::move(committed).error();
  return std::move(committed->outcome);
}

// Deletes the records of `index` before `seconds`, which must be by one of the two times that no
// wall clock can move ahead.
base::Status DeleteSortedBefore(store::Store& store, std::string_view index, int64_t seconds) {
  const std::string sort = ExpirySort(std::max<int64_t>(0, seconds));
  for (;;) {
    bool more = false;
    auto deleted = store.Update([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const auto items, tx.List(index, "", std::nullopt, kFamiliesAtOnce));
      more = items.size() == kFamiliesAtOnce;
      for (const store::ListItem& item : items) {
        if (item.sort >= sort) {
          more = false;
          break;
        }
        SALLYPORT_TRY(tx.Delete(item.key));
      }
      return {};
    });
    SALLYPORT_TRY(OutcomeOfCommit(std::move(deleted)));
    if (!more) return {};
  }
}

base::Status DeleteBefore(store::Store& store, std::string_view index, store::ForgetBefore time) {
  return DeleteSortedBefore(store, index, time.seconds());
}

base::Status DeleteBefore(store::Store& store, std::string_view index, store::WatchedTime time) {
  return DeleteSortedBefore(store, index, time.seconds());
}

// False where `family` already has a use that is as recent.
bool Apply(const FamilyKeeper::Use& use, TokenFamily& family) {
  if (family.last_used_millis >= use.millis) return false;
  family.last_used_millis = use.millis;
  if (!use.device.type.empty()) family.device = use.device;
  return true;
}

}  // namespace

FamilyKeeper::FamilyKeeper(store::Store& store, const store::ServerTime& time)
    : store_(store), time_(time), thread_([this] { Run(); }) {}

FamilyKeeper::~FamilyKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void FamilyKeeper::NoteUse(const std::string& family_id, const Use& use) {
  const std::lock_guard lock(mutex_);
  Use& noted = uses_[family_id];
  if (noted.millis <= use.millis) noted = use;
}

void FamilyKeeper::ApplyNoted(TokenFamily& family) const {
  const std::lock_guard lock(mutex_);
  for (const Uses* uses : {&being_written_, &uses_}) {
    if (const auto use = uses->find(family.id); use != uses->end()) Apply(use->second, family);
  }
}

base::Status FamilyKeeper::Flush() {
  const std::lock_guard one_at_a_time(flush_mutex_);
  Uses uses;
  {
    const std::lock_guard lock(mutex_);
    uses.swap(uses_);
    being_written_ = uses;
  }
  base::Status written = Write(uses);
  const std::lock_guard lock(mutex_);
  being_written_.clear();
  return written;
}

base::Status FamilyKeeper::Write(const Uses& uses) {
  auto next = uses.begin();
  while (next != uses.end()) {
    const auto first = next;
    const auto left = static_cast<size_t>(std::distance(first, uses.end()));
    const auto end = std::next(first, static_cast<std::ptrdiff_t>(std::min(kFamiliesAtOnce, left)));
    auto written = store_.Update([&](store::Tx& tx) -> base::Status {
      for (auto use = first; use != end; ++use) {
        SALLYPORT_ASSIGN(auto family, GetFamily(tx, use->first));
        if (!family || family->revoked || !Apply(use->second, *family)) continue;
        SALLYPORT_TRY(PutFamily(tx, *family));
      }
      return {};
    });
    SALLYPORT_TRY(OutcomeOfCommit(std::move(written)));
    next = end;
  }
  return {};
}

base::Status FamilyKeeper::DeleteExpired() {
  SALLYPORT_TRY(DeleteBefore(store_, kFamiliesByExpiry, time_.forget_before()));
  SALLYPORT_TRY(DeleteBefore(store_, kLogoutNoticesByExpiry, time_.forget_before()));
  SALLYPORT_TRY(DeleteBefore(store_, kChallengesByExpiry, time_.watched()));
  SALLYPORT_TRY(DeleteBefore(store_, kBrowserSessionsByExpiry, time_.watched()));
  SALLYPORT_TRY(DeleteBefore(store_, kAuthorizationCodesByExpiry, time_.watched()));
  SALLYPORT_TRY(DeleteBefore(store_, kClientAssertionsByExpiry, time_.watched()));
  SALLYPORT_TRY(DeleteBefore(store_, kPasswordChangesByExpiry, time_.watched()));
  SALLYPORT_TRY(DeleteBefore(store_, kPasswordLooksByExpiry, time_.watched()));
  return DeleteBefore(store_, kCodesByExpiry, time_.watched());
}

void FamilyKeeper::Run() {
  int flushes = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kFlushPeriod, [this] { return stopping_; });
    lock.unlock();
    if (const auto flushed = Flush(); !flushed) {
      base::LogError("the last uses of token families could not be written",
                     {{"cause", flushed.error().cause}});
    }
    if (++flushes % kFlushesPerCleaning == 0 && store_.runs_jobs()) {
      if (const auto deleted = DeleteExpired(); !deleted) {
        base::LogError("expired token families could not be deleted",
                       {{"cause", deleted.error().cause}});
      }
    }
    lock.lock();
  }
}

}  // namespace sallyport::domain
