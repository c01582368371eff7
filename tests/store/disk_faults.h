// Makes the disk fail: replaces the functions of the C library that libsqlite3 and the store call.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sallyport::store {

struct DiskFaults {
  std::atomic<uint64_t> syncs{0};  // fdatasync, successful or not
  std::atomic<bool> fail_syncs{false};
  std::atomic<int> write_errno{0};  // 0: writes succeed
  // How many writes fail in this way; then they succeed again.
  std::atomic<int> failing_writes{1'000'000'000};
  // Only files whose path ends in this way fail; "": all files. Set it while no failure is set.
  std::string only_of;

  void Clear();
};
// Of this process.
DiskFaults& Faults();

}  // namespace sallyport::store
