#include "store/forgetting.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "base/clock.h"
#include "revocation/revocation.h"

namespace sallyport::store {
namespace {

static_assert(kGreatestRetentionSeconds == revocation::kGreatestTokenLifetimeSeconds +
                                               revocation::kGreatestLeewaySeconds +
                                               revocation::kRetentionSlackSeconds);

constexpr int64_t kNanosPerSecond = 1'000'000'000;
// By how much clocks that agree may differ over the relevant day, because they drift and NTP slews
// them.
constexpr int64_t kAgreementMillis = 60'000;
// Once the clocks have agreed for this long, this run has watched everything for longer than
// anything is kept, so the wall clock can be followed at this distance.
constexpr int64_t kWatchedMillis = kGreatestRetentionSeconds * 1000;
constexpr int64_t kBehindSeconds =
    revocation::kGreatestLeewaySeconds + revocation::kRetentionSlackSeconds;

}  // namespace

std::string ToText(const TimeRecord& record) {
  return std::to_string(record.forget_before) + ' ' + std::to_string(record.forgotten) + ' ' +
         std::to_string(record.latest_issue);
}

base::Result<TimeRecord> ParseTimeRecord(std::string_view text) {
  std::array<int64_t, 3> numbers{};
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && (next == end || *next++ != ' ')) next = end;
    const auto [rest, error] = std::from_chars(next, end, numbers[i]);
    // If this were taken for "nothing is known", times that were acted on would be forgotten.
    if (error != std::errc())
      return base::InternalError("the record of the server's time is damaged");
    next = rest;
  }
  if (next != end) return base::InternalError("the record of the server's time is damaged");
  return TimeRecord{numbers[0], numbers[1], numbers[2]};
}

TimeRecord FirstTimeRecord(int64_t wall_seconds, std::optional<int64_t> least_keep_until) {
  TimeRecord record;
  record.forget_before =
      std::min(wall_seconds, least_keep_until.value_or(wall_seconds)) - kGreatestRetentionSeconds;
  return record;
}

Forgetting::Forgetting(int64_t forget_before, int64_t wall_millis, int64_t monotonic_nanos)
    : forget_before_(std::min(forget_before, wall_millis / 1000)),
      counted_nanos_(monotonic_nanos),
      anchor_wall_millis_(wall_millis),
      anchor_nanos_(monotonic_nanos) {}

int64_t Forgetting::Tick(int64_t wall_millis, int64_t monotonic_nanos) {
  const int64_t wall_seconds = wall_millis / 1000;
  const int64_t passed_seconds = (monotonic_nanos - counted_nanos_) / kNanosPerSecond;
  counted_nanos_ += passed_seconds * kNanosPerSecond;
  forget_before_ = std::min(wall_seconds, forget_before_ + passed_seconds);

  const int64_t watched_millis = (monotonic_nanos - anchor_nanos_) / base::kNanosPerMilli;
  if (std::abs((wall_millis - anchor_wall_millis_) - watched_millis) > kAgreementMillis) {
    anchor_wall_millis_ = wall_millis;
    anchor_nanos_ = monotonic_nanos;
  } else if (watched_millis >= kWatchedMillis) {
    forget_before_ = std::max(forget_before_, wall_seconds - kBehindSeconds);
  }
  return forget_before_;
}

}  // namespace sallyport::store
