// MinuteLog: limits log lines about events that a caller can cause as often as they like to one a
// minute for each kind. So a flood of requests does not flood the log, too.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sallyport::base {

// Thread-safe.
class MinuteLog {
 public:
  explicit MinuteLog(const Clock& clock) : clock_(clock) {}

  // Counts an event. If a line should be logged now, gives how many events it stands for. `kind`
  // must be one of a few fixed texts.
  std::optional<uint64_t> Note(std::string_view kind);

 private:
  struct Line {
    int64_t not_before = 0;
    uint64_t untold = 0;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Line, std::less<>> lines_;
};

}  // namespace sallyport::base
