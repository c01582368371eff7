#include "revocation/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "revocation/replica_format.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1, which Debian 12 runs and its C library does not know
#endif

namespace sallyport::revocation {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
// Below this a huge page costs more memory than it saves walks of page tables.
constexpr size_t kHugeFrom = 2 * kHugePage;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

base::Error SystemError(const std::string& what) {
  return ReplicaError(what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

base::Status CheckDirectoryStatus(int fd, const std::string& directory, uint32_t owner) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError(directory);
  if (status.st_uid != owner && status.st_uid != 0) {
    return ReplicaError(directory + ": the directory belongs to uid " +
                        std::to_string(status.st_uid) + ", not " + std::to_string(owner));
  }
  if ((status.st_mode & kOthersMayWrite) != 0) {
    return ReplicaError(directory + ": others may write the directory");
  }
  return {};
}

// Opens and checks; `flags` is O_RDONLY or O_RDWR.
base::Result<int> OpenChecked(const std::string& path, uint32_t owner, int flags) {
  const std::string directory = DirectoryOf(path);
  const Descriptor folder(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return SystemError(directory);
  SALLYPORT_TRY(CheckDirectoryStatus(folder.get(), directory, owner));
  const std::string name = path.substr(path.rfind('/') + 1);
  // O_NONBLOCK: a FIFO of that name must not block the reader.
  Descriptor file(openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return SystemError(path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return SystemError(path);
  if (!S_ISREG(status.st_mode)) return ReplicaError(path + ": not a regular file");
  if (status.st_uid != owner) {
    return ReplicaError(path + ": belongs to uid " + std::to_string(status.st_uid) + ", not " +
                        std::to_string(owner));
  }
  if ((status.st_mode & kOthersMayWrite) != 0) {
    return ReplicaError(path + ": others may write the file");
  }
  return file.Release();
}

// An address that huge pages can be mapped at.
void* AlignedAddress(size_t size) {
  if (size < kHugeFrom) return nullptr;
  const size_t room = size + kHugePage;
  void* start = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(start);
  const uintptr_t aligned = (address + kHugePage - 1) / kHugePage * kHugePage;
  munmap(start, room);
  return static_cast<uint8_t*>(start) + (aligned - address);
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

base::Status CheckDirectory(const std::string& directory, uint32_t owner) {
  const Descriptor folder(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return SystemError(directory);
  return CheckDirectoryStatus(folder.get(), directory, owner);
}

MappedFile::MappedFile(MappedFile&& other) noexcept {
  *this = std::move(other);
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  if (this != &other) {
    Release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    fd_ = std::exchange(other.fd_, -1);
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

MappedFile::~MappedFile() {
  Release();
}

void MappedFile::Release() {
  if (data_ != nullptr) munmap(data_, size_);
  if (fd_ >= 0) close(fd_);
  data_ = nullptr;
  fd_ = -1;
}

base::Status MappedFile::Map(int fd, int protection, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError(path);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return {};
  // The address is a hint: where another thread took it meanwhile, small pages do.
  void* data = mmap(AlignedAddress(size_), size_, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return SystemError(path);
  data_ = static_cast<uint8_t*>(data);
  if (size_ >= kHugeFrom) madvise(data, size_, MADV_HUGEPAGE);  // where the host allows it
  return {};
}

base::Result<MappedFile> MappedFile::OpenForReading(const std::string& path, uint32_t owner) {
  SALLYPORT_ASSIGN(const int fd, OpenChecked(path, owner, O_RDONLY));
  const Descriptor descriptor(fd);
  MappedFile file;
  SALLYPORT_TRY(file.Map(fd, PROT_READ, path));
  return file;
}

base::Result<MappedFile> MappedFile::OpenForWriting(const std::string& path) {
  SALLYPORT_ASSIGN(const int fd, OpenChecked(path, geteuid(), O_RDWR));
  const Descriptor descriptor(fd);
  MappedFile file;
  SALLYPORT_TRY(file.Map(fd, PROT_READ | PROT_WRITE, path));
  return file;
}

base::Result<MappedFile> MappedFile::Create(const std::string& path, size_t size) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return SystemError(path);
  Descriptor descriptor(
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) return SystemError(path);
  if (fchmod(descriptor.get(), 0644) != 0 ||
      ftruncate(descriptor.get(), static_cast<off_t>(size)) != 0) {
    return SystemError(path);
  }
  MappedFile file;
  SALLYPORT_TRY(file.Map(descriptor.get(), PROT_READ | PROT_WRITE, path));
  file.fd_ = descriptor.Release();
  return file;
}

base::Result<MappedFile> MappedFile::Anonymous(size_t size) {
  void* data = mmap(AlignedAddress(size), size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return SystemError("memory of " + std::to_string(size) + " bytes");
  if (size >= kHugeFrom) madvise(data, size, MADV_HUGEPAGE);
  MappedFile memory;
  memory.data_ = static_cast<uint8_t*>(data);
  memory.size_ = size;
  return memory;
}

base::Status MappedFile::Allocate(size_t offset, size_t size) {
  int error = EINTR;
  while (error == EINTR) {
    error = posix_fallocate(fd_, static_cast<off_t>(offset), static_cast<off_t>(size));
  }
  if (error != 0) {
    return ReplicaError("no space for " + std::to_string(size_) +
                        " bytes of Replica: " + std::strerror(error));
  }
  // Huge pages (Linux 6.1), whatever the file system's mount options say. Only a gain where it
  // works.
  const size_t begin = offset / kHugePage * kHugePage;
  const size_t end = (offset + size) / kHugePage * kHugePage;
  if (size_ >= kHugeFrom && begin < end) madvise(data_ + begin, end - begin, MADV_COLLAPSE);
  return {};
}

bool MappedFile::IsAt(const std::string& path) const {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

}  // namespace sallyport::revocation
