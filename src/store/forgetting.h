// Forgetting: computes which records a server may forget, as far as revocations depend on them. It
// is plain state with time as an argument: no clock, no thread, no store.
//
// A wall clock may run ahead for a while and then be corrected, or be set back after others have
// acted on what it said. Therefore a server forgets by a time of its own, F. It follows the wall
// clock, but never faster than time passes by the monotonic clock. The greatest F that was ever
// acted on is W; from then on the server and its gates judge tokens by a time that is never before
// W. docs/decisions/0025 shows why that suffices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {

// Record "meta/time": what a store remembers about time. All values are Unix seconds.
struct TimeRecord {
  // F: whatever had to be kept until a time before this may be forgotten.
  int64_t forget_before = 0;
  // W: the greatest F that was ever acted on or told to an Agent.
  int64_t forgotten = 0;
  // H: no token was ever issued at a later reading of the clock.
  int64_t latest_issue = 0;
  bool operator==(const TimeRecord&) const = default;
};

// "F W H", in decimal.
std::string ToText(const TimeRecord& record);
base::Result<TimeRecord> ParseTimeRecord(std::string_view text);

// Nothing is kept for longer than this after its cause, by one clock that is right: the longest
// validity of a token, the greatest leeway, and some slack.
inline constexpr int64_t kGreatestRetentionSeconds = 86'400 + 300 + 600;

// The record for a store that has none yet. `least_keep_until` is the earliest keep_until in its
// log, apart from entries that are kept for ever; nullopt: there are none. Either way, everything
// in the store is kept for its full time as this server sees it pass.
TimeRecord FirstTimeRecord(int64_t wall_seconds, std::optional<int64_t> least_keep_until);

// F, which only ServerTime::forget_before gives. Functions that delete take this type and not a
// number, so that no reading of a wall clock can be passed by mistake.
class ForgetBefore {
 public:
  int64_t seconds() const { return seconds_; }

 private:
  friend class ServerTime;
  friend struct TimesForTests;
  explicit ForgetBefore(int64_t seconds) : seconds_(seconds) {}
  int64_t seconds_;
};

// How much time the servers of a store have seen pass by CLOCK_MONOTONIC, over all their runs. It
// began as the time of day, and has been behind it since then by the sum of all downtimes; no wall
// clock changes it. It decides about everything that is kept for a while and is not a revocation.
// Only ServerTime::watched gives it, for the same reason as above.
class WatchedTime {
 public:
  int64_t millis() const { return millis_; }
  int64_t seconds() const { return millis_ / 1000; }

 private:
  friend class ServerTime;
  friend struct TimesForTests;
  explicit WatchedTime(int64_t millis) : millis_(millis) {}
  int64_t millis_;
};

// The state for one run of the server.
class Forgetting {
 public:
  // `forget_before` is as the run before left it. Here and below, both clocks are read at the same
  // moment; `monotonic_nanos` never goes back, and does not count while the host is suspended.
  Forgetting(int64_t forget_before, int64_t wall_millis, int64_t monotonic_nanos);

  // Tells that time has passed, and gives F. Called about once a minute.
  int64_t Tick(int64_t wall_millis, int64_t monotonic_nanos);

  int64_t forget_before() const { return forget_before_; }

 private:
  int64_t forget_before_;
  int64_t counted_nanos_;  // how much of the time is included in forget_before_
  // Since when the wall clock and the monotonic clock have agreed.
  int64_t anchor_wall_millis_;
  int64_t anchor_nanos_;
};

}  // namespace sallyport::store
