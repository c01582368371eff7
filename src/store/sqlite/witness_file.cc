#include "store/sqlite/witness_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error_codes.h"
#include "store/sqlite/schema.h"

namespace sallyport::store {
namespace {

// Disks write blocks of at most this size completely or not at all.
constexpr size_t kSlotSpacing = 4096;
constexpr size_t kSlots = 2;

base::Error SystemError(const std::string& path) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return {full ? base::code::kDiskFull : base::code::kStoreUnusable,
          fmt::format("{}: {}", path, std::strerror(errno)),
          {}};
}

off_t PlaceOf(uint64_t count) {
  return static_cast<off_t>(count % kSlots * kSlotSpacing);
}

}  // namespace

std::string WitnessPath(const std::string& directory) {
  return directory + "/lineage";
}

base::Result<WitnessFile> WitnessFile::Open(const std::string& directory) {
  const std::string path = WitnessPath(directory);
  WitnessFile file(directory, ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.fd_ < 0) {
    if (errno == ENOENT) return file;
    if (errno == ELOOP || errno == EISDIR) {
      return Unusable(path + ": must be a regular file, and not a link or a directory");
    }
    return SystemError(path);
  }
  // The same mode as the database: whoever could write the file could hide that the store was
  // restored.
  (void)!::fchmod(file.fd_, 0600);
  for (uint64_t place = 0; place < kSlots; ++place) {
    std::string bytes(kWitnessSlotBytes, '\0');
    const ssize_t size = ::pread(file.fd_, bytes.data(), bytes.size(), PlaceOf(place));
    if (size < 0) return SystemError(path);
    const auto slot = DecodeWitnessSlot(bytes.substr(0, static_cast<size_t>(size)));
    // The count says to which slot it was written.
    if (!slot || slot->count % kSlots != place) continue;
    if (file.seen_ && slot->count < file.count_) continue;
    file.count_ = slot->count;
    file.seen_ = slot->witness;
  }
  return file;
}

WitnessFile::WitnessFile(WitnessFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      fd_(std::exchange(other.fd_, -1)),
      count_(other.count_),
      seen_(other.seen_) {}

WitnessFile::~WitnessFile() {
  if (fd_ >= 0) ::close(fd_);
}

base::Status WitnessFile::Write(const Witness& witness) {
  const std::string bytes = EncodeWitnessSlot({count_ + 1, witness});
  const ssize_t size = ::pwrite(fd_, bytes.data(), bytes.size(), PlaceOf(count_ + 1));
  if (size != static_cast<ssize_t>(bytes.size()) || ::fdatasync(fd_) != 0) {
    return SystemError(WitnessPath(directory_));
  }
  ++count_;
  seen_ = witness;
  return {};
}

base::Status WitnessFile::Create(const Witness& witness) {
  const std::string path = WitnessPath(directory_);
  const std::string temporary = path + ".new";
  // Both slots are allocated now.
  std::string bytes = EncodeWitnessSlot({0, witness});
  bytes.resize(kSlots * kSlotSpacing, '\0');
  ::unlink(temporary.c_str());
  const int fd =
      ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return SystemError(temporary);
  if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(fd) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const base::Error error = SystemError(temporary);
    ::close(fd);
    ::unlink(temporary.c_str());
    return error;
  }
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  count_ = 0;
  seen_ = witness;
  return SyncDirectory(directory_);
}

}  // namespace sallyport::store
