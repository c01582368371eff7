// MinuteLog: of what anybody can bring about as often as he likes, a line in the log at most once a
// minute for each kind. A flood shall not fill the log, too.
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

  // Counts one. If there shall be a line: how many it stands for. `kind`: one of few.
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
