// Options: how the feed is run, and what it asks of those who run it.
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
  // confirm = "none": AwaitRelease returns at once, and answers carry a header that says so.
  bool confirm = true;
  // The mark of one Agent's place in one log: a function that only servers of this store can
  // compute.
  std::function<revocation::PositionMark(const revocation::LogId&, const revocation::LogPosition&,
                                         std::string_view agent)>
      mark = {};
  // Whether a key may follow the feed now, read from the store. Old Agents are not asked about.
  std::function<base::Result<bool>(const Agent&)> enrolled = {};
  // What Agents may drop: until before when it was to be kept, Unix seconds, and never ahead of the
  // clock. Called from the strand. Null: nothing may be dropped.
  std::function<int64_t()> forget_before = {};
};

}  // namespace sallyport::feed
