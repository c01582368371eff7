#include "revocation/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "revocation/replica_format.h"

namespace sallyport::revocation {

LockFile::~LockFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

base::Status LockFile::Take() {
  is_anothers_ = false;
  const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return ReplicaSystemError(path_);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(fd);
    is_anothers_ = error == EWOULDBLOCK;
    return ReplicaError(
        path_ + ": " + (is_anothers_ ? "another agent writes this Replica" : std::strerror(error)));
  }
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = fd;
  return {};
}

bool LockFile::IsHeld() const {
  struct stat held {};
  struct stat named {};
  return descriptor_ >= 0 && fstat(descriptor_, &held) == 0 && lstat(path_.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace sallyport::revocation
