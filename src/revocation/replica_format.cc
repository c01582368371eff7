#include "revocation/replica_format.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/encoding.h"

namespace sallyport::revocation {

base::Error ReplicaError(std::string cause) {
  return {"replica_unusable", "the Replica cannot be used", std::move(cause)};
}

base::Error ReplicaSystemError(const std::string& what) {
  return ReplicaError(what + ": " + std::strerror(errno));
}

base::Result<HostIdentity> ReadHostIdentity() {
  static constexpr char kPath[] = "/proc/sys/kernel/random/boot_id";
  char text[64];
  const int fd = open(kPath, O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));
  if (fd >= 0) close(fd);
  if (size < 36) return ReplicaError(std::string(kPath) + " cannot be read");
  std::string digits(text, 36);
  std::erase(digits, '-');
  const auto bytes = base::HexDecode(digits);
  HostIdentity host;
  if (!bytes || bytes->size() != host.boot_id.size()) {
    return ReplicaError(std::string(kPath) + " does not contain a UUID");
  }
  std::copy(bytes->begin(), bytes->end(), host.boot_id.begin());
  struct stat status {};
  if (stat("/proc/self/ns/time", &status) == 0) {
    host.time_namespace = status.st_ino;
  } else if (errno != ENOENT) {
    return ReplicaError(std::string("/proc/self/ns/time: ") + std::strerror(errno));
  }
  return host;
}

base::Status CheckHeader(const ReplicaHeader& header, uint64_t file_size, uint32_t owner,
                         const HostIdentity& host) {
  if (header.magic != kReplicaMagic) return ReplicaError("not a Replica: wrong magic");
  if (header.format != kReplicaFormat) {
    return ReplicaError("its format is " + std::to_string(header.format) + ", not " +
                        std::to_string(kReplicaFormat));
  }
  if (header.owner != owner) {
    return ReplicaError("written by uid " + std::to_string(header.owner) + ", not " +
                        std::to_string(owner));
  }
  if (header.boot_id != host.boot_id)
    return ReplicaError("it was written before the host's last boot");
  if (header.time_namespace != host.time_namespace) {
    return ReplicaError("it was written in another time namespace");
  }
  if (header.key_capacity == 0 || header.key_capacity > kGreatestKeyCapacity ||
      header.table_capacity == 0 || header.table_capacity > kGreatestTableCapacity) {
    return ReplicaError("its capacities are out of range");
  }
  const ReplicaLayout layout = LayoutOf(header.key_capacity, header.table_capacity);
  if (header.file_size != layout.file_size || file_size != layout.file_size) {
    return ReplicaError("its size is " + std::to_string(file_size) + " bytes, its header claims " +
                        std::to_string(header.file_size) + ", its capacities need " +
                        std::to_string(layout.file_size));
  }
  return {};
}

}  // namespace sallyport::revocation
