#include "base/minute_log.h"

namespace sallyport::base {
namespace {

constexpr int64_t kMinuteNanos = 60'000'000'000;

}  // namespace

std::optional<uint64_t> MinuteLog::Note(std::string_view kind) {
  const int64_t now = clock_.MonotonicNanos();
  const std::lock_guard lock(mutex_);
  auto found = lines_.find(kind);
  if (found == lines_.end()) found = lines_.emplace(std::string(kind), Line{now, 0}).first;
  Line& line = found->second;
  ++line.untold;
  if (now < line.not_before) return std::nullopt;
  const uint64_t told = line.untold;
  line = {now + kMinuteNanos, 0};
  return told;
}

}  // namespace sallyport::base
