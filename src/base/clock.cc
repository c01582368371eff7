#include "base/clock.h"

#include <ctime>

namespace sallyport::base {
namespace {

int64_t Nanos(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t SystemClock::WallMillis() const {
  return Nanos(CLOCK_REALTIME) / 1'000'000;
}
int64_t SystemClock::BootNanos() const {
  return Nanos(CLOCK_BOOTTIME);
}
int64_t SystemClock::MonotonicNanos() const {
  return Nanos(CLOCK_MONOTONIC);
}

const SystemClock& SystemClock::Get() {
  static const SystemClock clock;
  return clock;
}

}  // namespace sallyport::base
