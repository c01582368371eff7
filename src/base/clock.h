// Clock: the time as an argument, so that tests can control it.
#pragma once

#include <atomic>
#include <cstdint>

namespace sallyport::base {

inline constexpr int64_t kNanosPerMilli = 1'000'000;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since the Unix epoch (CLOCK_REALTIME). May step in either direction.
  virtual int64_t WallMillis() const = 0;
  // Nanoseconds since boot, including suspension (CLOCK_BOOTTIME). Never goes back. An Agent and
  // its Replica measure leases by it.
  virtual int64_t BootNanos() const = 0;
  // Nanoseconds of CLOCK_MONOTONIC. The server measures leases by it.
  virtual int64_t MonotonicNanos() const = 0;

  int64_t WallSeconds() const { return WallMillis() / 1000; }
};

class SystemClock final : public Clock {
 public:
  int64_t WallMillis() const override;
  int64_t BootNanos() const override;
  int64_t MonotonicNanos() const override;
  // The process-wide instance.
  static const SystemClock& Get();
};

// Time stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_millis = 1'700'000'000'000) : wall_millis_(wall_millis) {}
  int64_t WallMillis() const override { return wall_millis_; }
  int64_t BootNanos() const override { return nanos_; }
  int64_t MonotonicNanos() const override { return nanos_; }
  // Moves all three clocks.
  void AdvanceMillis(int64_t millis) {
    wall_millis_ += millis;
    nanos_ += millis * 1'000'000;
  }
  // Moves only the wall clock, as an administrator or NTP would.
  void StepWallMillis(int64_t millis) { wall_millis_ += millis; }

 private:
  std::atomic<int64_t> wall_millis_;
  std::atomic<int64_t> nanos_{1'000'000'000};
};

}  // namespace sallyport::base
