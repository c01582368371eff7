// Clock: time as an argument, so that tests own it.
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
  // Nanoseconds since boot, suspend included (CLOCK_BOOTTIME). Never steps back. What a lease is
  // measured in at the Agent and in a Replica.
  virtual int64_t BootNanos() const = 0;
  // Nanoseconds, CLOCK_MONOTONIC. What a lease is measured in at the server.
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

// Stands still until told otherwise.
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
  // Moves the wall clock alone, as an administrator or NTP does.
  void StepWallMillis(int64_t millis) { wall_millis_ += millis; }

 private:
  std::atomic<int64_t> wall_millis_;
  std::atomic<int64_t> nanos_{1'000'000'000};
};

}  // namespace sallyport::base
