// Backoff: the pauses between attempts that fail one after another.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.h"

namespace sallyport::agent {

class Backoff {
 public:
  Backoff(std::chrono::milliseconds least, std::chrono::milliseconds greatest)
      : least_(least), greatest_(greatest), next_(least) {}

  // The next pause. It doubles with each call, up to the greatest one. Up to half of it is taken
  // off at random, so that those that fail at the same moment do not all try again at the same
  // moment.
  std::chrono::milliseconds Next() {
    const std::chrono::milliseconds pause = next_;
    next_ = std::min(2 * next_, greatest_);
    const auto range = static_cast<uint64_t>(pause.count() / 2 + 1);
    return pause - std::chrono::milliseconds(base::RandomU64() % range);
  }
  // An attempt has succeeded: the next pause is the least one again.
  void Reset() { next_ = least_; }

 private:
  const std::chrono::milliseconds least_, greatest_;
  std::chrono::milliseconds next_;
};

}  // namespace sallyport::agent
