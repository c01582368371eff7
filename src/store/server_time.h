// ServerTime: the time by which tokens and codes are made and judged, and the part of it that the
// store remembers (forgetting.h).
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
// The watched time at the last Tick, in Unix milliseconds, decimal.
inline constexpr std::string_view kWatchedRecord = "meta/watched";

// For a store that never had a ServerTime all values are zero, so that nothing is forgotten.
base::Result<TimeRecord> ReadTimeRecord(Reader& reader);

// Thread-safe. Its wall clock is that of the host, but never earlier than W: by it, every token
// whose revocation may have been forgotten is expired, whatever happens to the host's clock.
class ServerTime final : public base::Clock {
 public:
  // Reads the store's record, or creates it. `host` and `store` must outlive the object.
  static base::Result<std::unique_ptr<ServerTime>> Open(Store& store, const base::Clock& host);
  ~ServerTime() override;
  ServerTime(const ServerTime&) = delete;
  ServerTime& operator=(const ServerTime&) = delete;

  int64_t WallMillis() const override;
  int64_t BootNanos() const override { return host_.BootNanos(); }
  int64_t MonotonicNanos() const override { return host_.MonotonicNanos(); }

  // Whatever had to be kept until a time before this may be forgotten, in Unix seconds. Never later
  // than WallMillis.
  ForgetBefore forget_before() const {
    return ForgetBefore(forget_before_.load(std::memory_order_acquire));
  }
  // The time by which limits on guesses are counted, and by which everything is deleted that no
  // revocation depends on. After a crash it continues from the last Tick. Servers of one store
  // agree about it within a second, and one that has just started within five: each goes on from
  // what it has read last, and never back, and one of them writes it every five seconds.
  WatchedTime watched() const {
    return WatchedTime(watched_from_millis_.load(std::memory_order_acquire) +
                       (host_.MonotonicNanos() - opened_nanos_) / 1'000'000);
  }

  // Whether something has expired that was to last until `wall_millis` by the time of day and until
  // `watched_millis` by the watched time. The earlier of the two counts, so that nothing is valid
  // for too long because it was made while a clock was wrong.
  bool HasPassed(int64_t wall_millis, int64_t watched_millis) const {
    return WallMillis() >= wall_millis || watched().millis() >= watched_millis;
  }

#ifdef SALLYPORT_TEST_FAULTS
  // A fault for tests: the history checker has to find it.
  ForgetBefore ForgetByWallClock() const {
    return ForgetBefore(WallSeconds());
  }
#endif

  // Must be called with a reading of this clock before a token is issued at that time, and before
  // the state is read that a revocation would change. Then the commits of all later revocations
  // know of the time. It seldom has to commit.
  base::Status PrepareToIssue(int64_t now_seconds);

  // Moves forget_before on and writes the watched time. Called once a minute, or every five seconds
  // where there may be other servers, by one caller
  // at a time, which is one of all servers of the store (Store::runs_jobs). After an error,
  // forget_before stays where it is.
  base::Status Tick();

  // What a server calls as often that leaves Tick to another one: it sees time pass, so that it can
  // take the work over.
  void Watch();

  // By how many seconds the host's clock is behind this one, because it was set back after others
  // had acted on what it said. Normally 0.
  int64_t SecondsAhead() const;

 private:
  ServerTime(Store& store, const base::Clock& host, const TimeRecord& record,
             int64_t watched_millis);
  // What another server has written (Store::OnTime).
  void Learn(const std::string& time, const std::string& watched);

  Store& store_;
  const base::Clock& host_;
  Forgetting forgetting_;
  std::atomic<int64_t> forgotten_;
  std::atomic<int64_t> forget_before_;
  std::atomic<int64_t> watched_from_millis_;
  const int64_t opened_nanos_;
  std::mutex issue_mutex_;
  std::atomic<int64_t> latest_issue_;
};

}  // namespace sallyport::store
