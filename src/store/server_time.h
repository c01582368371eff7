// ServerTime: the time that tokens and codes are made and judged by, and what of it the store
// remembers (forgetting.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/result.h"
#include "store/forgetting.h"
#include "store/store.h"

namespace sallyport::store {

inline constexpr std::string_view kTimeRecord = "meta/time";
// The watched time as the last Tick left it, Unix milliseconds, decimal.
inline constexpr std::string_view kWatchedRecord = "meta/watched";

// Of a store that never had a ServerTime: all zero, so that nothing is forgotten.
base::Result<TimeRecord> ReadTimeRecord(Reader& reader);

// Thread-safe. Its wall clock is the host's, but never behind what was forgotten by (W): a token
// whose revocation may be gone is expired by it, whatever happens to the host's clock.
class ServerTime final : public base::Clock {
 public:
  // Reads the store's record, or makes it. `host` and `store` outlive it.
  static base::Result<std::unique_ptr<ServerTime>> Open(Store& store, const base::Clock& host);

  int64_t WallMillis() const override;
  int64_t BootNanos() const override { return host_.BootNanos(); }
  int64_t MonotonicNanos() const override { return host_.MonotonicNanos(); }

  // What was to be kept until a time before this may be forgotten, Unix seconds. Never ahead of
  // WallMillis.
  ForgetBefore forget_before() const {
    return ForgetBefore(forget_before_.load(std::memory_order_acquire));
  }
  // By which limits on guesses are counted, and all that is deleted which no revocation stands on.
  // After a crash it goes on from the last Tick.
  WatchedTime watched() const {
    return WatchedTime(watched_from_millis_ + (host_.MonotonicNanos() - opened_nanos_) / 1'000'000);
  }

  // Whether something has expired that was to last until `wall_millis`, by the time of day, and
  // until `watched_millis`: whichever comes first, so that nothing which was made while a clock was
  // wrong serves longer than its life.
  bool HasPassed(int64_t wall_millis, int64_t watched_millis) const {
    return WallMillis() >= wall_millis || watched().millis() >= watched_millis;
  }

#ifdef SALLYPORT_TEST_FAULTS
  // The fault that the history checker has to find.
  ForgetBefore ForgetByWallClock() const {
    return ForgetBefore(WallSeconds());
  }
#endif

  // Called with a reading of this clock before a token is made of it, and before that is looked up
  // which a revocation would change: the commits of all later revocations then know of it. Seldom
  // commits.
  base::Status PrepareToIssue(int64_t now_seconds);

  // Moves forget_before on, and writes the watched time: every minute or so, by one caller at a
  // time. An error means that it stays.
  base::Status Tick();

  // Seconds by which the host's clock is behind this one: it was set back after what it said was
  // acted on. 0: it is not, and that is the rule.
  int64_t SecondsAhead() const;

 private:
  ServerTime(Store& store, const base::Clock& host, const TimeRecord& record,
             int64_t watched_millis);

  Store& store_;
  const base::Clock& host_;
  Forgetting forgetting_;
  std::atomic<int64_t> forgotten_;
  std::atomic<int64_t> forget_before_;
  const int64_t watched_from_millis_;
  const int64_t opened_nanos_;
  std::mutex issue_mutex_;
  std::atomic<int64_t> latest_issue_;
};

}  // namespace sallyport::store
