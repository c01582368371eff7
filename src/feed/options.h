// Options: the settings of the feed, and the functions that it calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "feed/connection.h"
#include "revocation/frame.h"

namespace sallyport::feed {

struct Options {
  uint32_t ttl_millis = 2000;
  // False (confirm = "none"): AwaitRelease returns at once, and answers have a header that says so.
  bool confirm = true;
  // Makes the mark for a position that is sent to one Agent. Only servers of this store can compute
  // it.
  std::function<revocation::PositionMark(const revocation::LogId&, const revocation::LogPosition&,
                                         std::string_view agent)>
      mark = {};
  // Reads from the store whether a key may follow the feed now. Not called for old Agents.
  std::function<base::Result<bool>(const Agent&)> enrolled = {};
  // Gives what Agents may drop: entries that had to be kept only until a time before this, Unix
  // seconds. It is never later than the clock. Called on the strand. Null: nothing may be dropped.
  std::function<int64_t()> forget_before = {};
};

}  // namespace sallyport::feed
