#include "clock_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/clock.h"

namespace sallyport::history {
namespace {

// As in clock_shim.c.
enum Number : uint8_t {
  kWallSeconds,
  kSteadySeconds,
  kVersion,
  kWallNanos,
  kSteadyNanos,
  kSlowedFrom,
  kSlowedBy,
  kNumbers,
};
constexpr size_t kSize = kNumbers * sizeof(int64_t);
constexpr int64_t kMillion = 1'000'000;

}  // namespace

ClockFile::ClockFile(std::string path) : path_(std::move(path)) {
  const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* mapped = MAP_FAILED;
  if (fd >= 0 && ftruncate(fd, kSize) == 0) {
    mapped = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  if (mapped == MAP_FAILED) {
    std::perror("error: no file for a clock");
    std::exit(2);
  }
  close(fd);
  numbers_ = static_cast<int64_t*>(mapped);
}

ClockFile::~ClockFile() {
  munmap(numbers_, kSize);
}

void ClockFile::AddTo(Environment& environment) const {
  // Built together with the checker, whatever binaries it drives.
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  environment.emplace_back("LD_PRELOAD", here / "clock_shim.so");
  environment.emplace_back("CLOCK_OFFSETS", path_);
}

void ClockFile::SetWall(Nanos offset) {
  std::atomic_ref(numbers_[kWallNanos]).store(offset);
}

void ClockFile::Slow(int64_t millionths) {
  const int64_t now = base::SystemClock::Get().BootNanos();
  const auto lost = static_cast<int64_t>(static_cast<__int128>(now - numbers_[kSlowedFrom]) *
                                         numbers_[kSlowedBy] / kMillion);
  std::atomic_ref version(numbers_[kVersion]);
  ++version;
  std::atomic_thread_fence(std::memory_order_release);
  std::atomic_ref(numbers_[kSteadyNanos]).fetch_sub(lost);
  std::atomic_ref(numbers_[kSlowedFrom]).store(now);
  std::atomic_ref(numbers_[kSlowedBy]).store(millionths);
  ++version;
}

}  // namespace sallyport::history
