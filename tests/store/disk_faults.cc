#include "disk_faults.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sallyport::store {
namespace {

bool IsMeant(int fd) {
  const std::string& suffix = Faults().only_of;
  if (suffix.empty()) return true;
  std::array<char, 4096> path{};
  const ssize_t size =
      readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), path.data(), path.size());
  return size > 0 && std::string(path.data(), static_cast<size_t>(size)).ends_with(suffix);
}

}  // namespace

DiskFaults& Faults() {
  static DiskFaults faults;
  return faults;
}

void DiskFaults::Clear() {
  fail_syncs = false;
  write_errno = 0;
  failing_writes = 1'000'000'000;
  only_of.clear();
}

}  // namespace sallyport::store

// Replaces the C library's function, for libsqlite3, too.
extern "C" __attribute__((visibility("default"))) int fdatasync(int fd) {
  using Sync = int (*)(int);
  static const auto next = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
  auto& faults = sallyport::store::Faults();
  ++faults.syncs;
  if (faults.fail_syncs && sallyport::store::IsMeant(fd)) {
    errno = EIO;
    return -1;
  }
  return next(fd);
}

extern "C" __attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void* bytes,
                                                                   size_t size, off64_t at) {
  using Write = ssize_t (*)(int, const void*, size_t, off64_t);
  static const auto next = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "pwrite64"));
  auto& faults = sallyport::store::Faults();
  if (faults.write_errno != 0 && sallyport::store::IsMeant(fd) && faults.failing_writes-- > 0) {
    errno = faults.write_errno;
    return -1;
  }
  return next(fd, bytes, size, at);
}
