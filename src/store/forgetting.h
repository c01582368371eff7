// Forgetting: how far a server may forget what revocations stand on, as plain state. No clock, no
// thread, no store: time is an argument.
//
// A wall clock may run ahead for a while and be put right, or be set back after what it said was
// acted on. So a server forgets by a time of its own, F, which follows the wall clock but is never
// moved by it faster than time passes by the monotonic clock; and the greatest F that was ever
// acted on, W, is the least time that the server's tokens and gates are judged by from then on.
// Why that suffices: docs/decisions/0025.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {

// Record "meta/time": what a store remembers of time. All are Unix seconds.
struct TimeRecord {
  // F: what was to be kept until a time before this may be forgotten.
  int64_t forget_before = 0;
  // W: the greatest F that was ever acted on or told to an Agent.
  int64_t forgotten = 0;
  // H: no token was ever issued by a later reading of the clock.
  int64_t latest_issue = 0;
  bool operator==(const TimeRecord&) const = default;
};

// "F W H", decimal.
std::string ToText(const TimeRecord& record);
base::Result<TimeRecord> ParseTimeRecord(std::string_view text);

// Nothing is kept longer than this after the time of its cause, by one clock that is right: the
// greatest lifetime of a token, the greatest leeway, and the slack.
inline constexpr int64_t kGreatestRetentionSeconds = 86'400 + 300 + 600;

// What a store begins with that has no record. `least_keep_until`: of the entries in its log that
// are not kept for ever; nullopt: there are none. Either way everything in the store is watched for
// its full age before it is forgotten.
TimeRecord FirstTimeRecord(int64_t wall_seconds, std::optional<int64_t> least_keep_until);

// F, as only ServerTime::forget_before gives it: what deletes by it takes this and no number, so
// that no reading of a wall clock can be passed in its place.
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
// began as the time of day, and is behind it by all downtimes since; no wall clock moves it. What
// is kept for a while from its cause, and is no revocation, is deleted by it. As only
// ServerTime::watched gives it, for the same reason.
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

// One run of the server.
class Forgetting {
 public:
  // `forget_before` as the run before left it. The clocks are read at one moment, here and below;
  // `monotonic_nanos` never steps back and does not count a suspension of the host.
  Forgetting(int64_t forget_before, int64_t wall_millis, int64_t monotonic_nanos);

  // Time has passed: gives F. Called every minute or so.
  int64_t Tick(int64_t wall_millis, int64_t monotonic_nanos);

  int64_t forget_before() const { return forget_before_; }

 private:
  int64_t forget_before_;
  int64_t counted_nanos_;  // up to where time is in forget_before_
  // Since when wall clock and monotonic clock have agreed.
  int64_t anchor_wall_millis_;
  int64_t anchor_nanos_;
};

}  // namespace sallyport::store
