// Makes the disk fail: what libsqlite3 and the store call of the C library is interposed on.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sallyport::store {

struct DiskFaults {
  std::atomic<uint64_t> syncs{0};  // fdatasync, successful or not
  std::atomic<bool> fail_syncs{false};
  std::atomic<int> write_errno{0};  // 0: writes succeed
  // How many writes fail so; then they succeed again.
  std::atomic<int> failing_writes{1'000'000'000};
  // Only of files whose path ends so; empty: of all. Set while neither of the above is.
  std::string only_of;

  void Clear();
};
// Of this process.
DiskFaults& Faults();

}  // namespace sallyport::store
