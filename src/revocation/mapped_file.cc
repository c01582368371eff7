#include "revocation/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

#include "revocation/replica_format.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1, which Debian 12 runs and its C library does not know
#endif

namespace sallyport::revocation {
namespace {

constexpr size_t kHugePage = MappedFile::kHugePage;
// For less than this, a huge page costs more memory than it saves walks of the page tables.
constexpr size_t kHugeFrom = 2 * kHugePage;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string Owners(uint32_t owner) {
  return owner == 0 ? "to root" : "to root or uid " + std::to_string(owner);
}

bool MayOwn(const struct stat& status, uint32_t owner) {
  return status.st_uid == owner || status.st_uid == 0;
}

base::Status CheckDirectoryOwner(const struct stat& status, const std::string& directory,
                                 uint32_t owner) {
  if (MayOwn(status, owner)) return {};
  return ReplicaError(directory + ": the directory belongs to uid " +
                      std::to_string(status.st_uid) + ", not " + Owners(owner));
}

// Goes from the root to a directory, one component after another, and follows no link that somebody
// else could have put there: whoever can rename a component decides what the path names.
class Walk {
 public:
  explicit Walk(uint32_t owner) : owner_(owner) {}

  // The directory. Only `owner` and root can have decided which one it is, and what is in it.
  base::Result<int> To(const std::string& directory) {
    SALLYPORT_TRY(Begin());
    if (!directory.starts_with('/')) {
      char here[PATH_MAX];
      if (getcwd(here, sizeof(here)) == nullptr) return ReplicaSystemError("the working directory");
      Push(here);
      PushBehind(directory);
    } else {
      Push(directory);
    }
    while (!ahead_.empty()) SALLYPORT_TRY(Step());
    SALLYPORT_TRY(CheckDirectoryOwner(status_, Shown(), owner_));
    if ((status_.st_mode & kOthersMayWrite) != 0) {
      return ReplicaError(Shown() + ": other users may write to the directory");
    }
    entered_by_ &= status_.st_mode;
    return at_.Release();
  }
  // S_IXGRP and S_IXOTH, where every directory on the way has the bit.
  mode_t entered_by() const { return entered_by_; }

 private:
  static constexpr int kMostLinks = 40;  // as in Linux

  static std::deque<std::string> Split(std::string_view path) {
    std::deque<std::string> components;
    while (!path.empty()) {
      const size_t end = std::min(path.find('/'), path.size());
      if (end > 0 && path.substr(0, end) != ".") components.emplace_back(path.substr(0, end));
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    return components;
  }
  void Push(std::string_view path) {
    auto components = Split(path);
    ahead_.insert(ahead_.begin(), components.begin(), components.end());
  }
  void PushBehind(std::string_view path) {
    auto components = Split(path);
    ahead_.insert(ahead_.end(), components.begin(), components.end());
  }

  base::Status Begin() {
    at_ = Descriptor(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    passed_.clear();
    if (at_.get() < 0 || fstat(at_.get(), &status_) != 0) return ReplicaSystemError("/");
    return {};
  }

  base::Status Step() {
    SALLYPORT_TRY(CheckDirectoryOwner(status_, Shown(), owner_));
    entered_by_ &= status_.st_mode;
    const std::string name = std::move(ahead_.front());
    ahead_.pop_front();
    const std::string shown = Shown(name);
    Descriptor next(openat(at_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (next.get() < 0 || fstat(next.get(), &status) != 0) return ReplicaSystemError(shown);
    // In a sticky directory, an entry can be renamed only by its owner, the directory's owner, and
    // root.
    if ((status_.st_mode & kOthersMayWrite) != 0) {
      if ((status_.st_mode & S_ISVTX) == 0) {
        return ReplicaError(Shown() + ": other users may write to the directory, and so replace " +
                            shown);
      }
      if (!MayOwn(status, owner_)) {
        return ReplicaError(shown + ": belongs to uid " + std::to_string(status.st_uid) + ", not " +
                            Owners(owner_) + ", in a directory that other users may write to");
      }
    }
    if (S_ISLNK(status.st_mode)) return Follow(next.get(), shown);
    if (!S_ISDIR(status.st_mode)) return ReplicaError(shown + ": is not a directory");
    if (name == "..") {
      if (!passed_.empty()) passed_.pop_back();
    } else {
      passed_.push_back(name);
    }
    at_ = std::move(next);
    status_ = status;
    return {};
  }

  base::Status Follow(int link, const std::string& shown) {
    char target[PATH_MAX];
    const ssize_t size = readlinkat(link, "", target, sizeof(target));
    if (size < 0) return ReplicaSystemError(shown);
    if (++links_ > kMostLinks) return ReplicaError(shown + ": too many links");
    const std::string_view path(target, static_cast<size_t>(size));
    if (path.starts_with('/')) SALLYPORT_TRY(Begin());
    Push(path);
    return {};
  }

  std::string Shown(std::string_view name = {}) const {
    std::string shown;
    for (const std::string& component : passed_) shown += "/" + component;
    if (!name.empty()) shown += "/" + std::string(name);
    return shown.empty() ? "/" : shown;
  }

  const uint32_t owner_;
  Descriptor at_{-1};
  struct stat status_ {};           // of the directory at_
  std::deque<std::string> passed_;  // the components from the root to at_
  std::deque<std::string> ahead_;
  int links_ = 0;
  mode_t entered_by_ = S_IXGRP | S_IXOTH;
};

// Opens a file and checks it. `flags` is O_RDONLY or O_RDWR.
base::Result<int> OpenChecked(const std::string& path, uint32_t owner, int flags) {
  SALLYPORT_ASSIGN(const int directory, Walk(owner).To(DirectoryOf(path)));
  const Descriptor folder(directory);
  const std::string name = path.substr(path.rfind('/') + 1);
  // O_NONBLOCK: a FIFO of that name must not block the reader.
  Descriptor file(openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return ReplicaSystemError(path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return ReplicaSystemError(path);
  if (!S_ISREG(status.st_mode)) return ReplicaError(path + ": not a regular file");
  if (status.st_uid != owner) {
    return ReplicaError(path + ": belongs to uid " + std::to_string(status.st_uid) + ", not " +
                        std::to_string(owner));
  }
  if ((status.st_mode & kOthersMayWrite) != 0) {
    return ReplicaError(path + ": other users may write to the file");
  }
  return file.Release();
}

// The mappings of this process for writing, for use in a signal handler.
struct Watched {
  std::atomic<uintptr_t> begin{0};  // 0: free
  std::atomic<uintptr_t> end{0};
};
std::array<Watched, 8> watched;
std::atomic<bool> was_cut{false};
static_assert(std::atomic<uintptr_t>::is_always_lock_free);

int Watch(void* data, size_t size) {
  for (size_t i = 0; i < watched.size(); ++i) {
    if (watched[i].begin.load() != 0) continue;
    watched[i].end = reinterpret_cast<uintptr_t>(data) + size;
    watched[i].begin = reinterpret_cast<uintptr_t>(data);
    return static_cast<int>(i);
  }
  return -1;
}

void OnBusError(int, siginfo_t* info, void*) {
  const int saved = errno;
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  for (const Watched& mapping : watched) {
    if (at < mapping.begin || at >= mapping.end) continue;
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    void* const hole = static_cast<uint8_t*>(info->si_addr) - at % page;
    if (mmap(hole, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED) {
      break;
    }
    was_cut = true;
    errno = saved;
    return;
  }
  // The fault is not in one of our mappings. It will occur again, and then end the process.
  signal(SIGBUS, SIG_DFL);
  errno = saved;
}

// An address that is suitable for mapping huge pages.
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

base::Result<mode_t> CheckDirectory(const std::string& directory, uint32_t owner) {
  Walk walk(owner);
  SALLYPORT_ASSIGN(const int opened, walk.To(directory));
  close(opened);
  return walk.entered_by();
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
    watched_ = std::exchange(other.watched_, -1);
    made_as_ = std::exchange(other.made_as_, {});
    nameless_ = other.nameless_;
  }
  return *this;
}

MappedFile::~MappedFile() {
  Release();
}

void MappedFile::Release() {
  // The file was created and never got its final name, so it is removed.
  if (!made_as_.empty() && !nameless_ && IsAt(made_as_)) unlink(made_as_.c_str());
  made_as_.clear();
  Unmap();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void MappedFile::Unmap() {
  if (watched_ >= 0) watched[static_cast<size_t>(watched_)].begin = 0;
  watched_ = -1;
  if (data_ != nullptr) munmap(data_, size_);
  data_ = nullptr;
}

base::Status MappedFile::Map(int fd, int protection, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return ReplicaSystemError(path);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return {};
  // The address is a hint. If another thread has taken it meanwhile, small pages are used.
  void* data = mmap(AlignedAddress(size_), size_, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return ReplicaSystemError(path);
  data_ = static_cast<uint8_t*>(data);
  if ((protection & PROT_WRITE) != 0) watched_ = Watch(data, size_);
  if (size_ >= kHugeFrom) madvise(data, size_, MADV_HUGEPAGE);  // if the host allows it
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
  MappedFile file;
  SALLYPORT_ASSIGN(file.fd_, OpenChecked(path, geteuid(), O_RDWR));
  SALLYPORT_TRY(file.Map(file.fd_, PROT_READ | PROT_WRITE, path));
  return file;
}

base::Result<MappedFile> MappedFile::Create(const std::string& path, size_t size) {
  const std::string directory = DirectoryOf(path);
  Descriptor descriptor(-1);
  // Created without a name, if the file system supports that and /proc is available for naming it
  // later.
  if (access("/proc/self/fd", X_OK) == 0) {
    descriptor = Descriptor(open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  }
  const bool nameless = descriptor.get() >= 0;
  if (!nameless) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return ReplicaSystemError(path);
    descriptor =
        Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (descriptor.get() < 0) return ReplicaSystemError(path);
  }
  MappedFile file;
  file.nameless_ = nameless;
  file.made_as_ = path;
  file.fd_ = descriptor.Release();
  if (fchmod(file.fd_, kMode) != 0 || ftruncate(file.fd_, static_cast<off_t>(size)) != 0) {
    return ReplicaSystemError(path);
  }
  SALLYPORT_TRY(file.Map(file.fd_, PROT_READ | PROT_WRITE, path));
  return file;
}

base::Status MappedFile::TakeName(const std::string& path) {
  if (nameless_) {
    const std::string self = "/proc/self/fd/" + std::to_string(fd_);
    if (unlink(made_as_.c_str()) != 0 && errno != ENOENT) return ReplicaSystemError(made_as_);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, made_as_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return ReplicaSystemError(made_as_);
    }
    nameless_ = false;
  }
  if (rename(made_as_.c_str(), path.c_str()) != 0) return ReplicaSystemError(path);
  made_as_.clear();
  return {};
}

base::Result<MappedFile> MappedFile::Anonymous(size_t size) {
  void* data = mmap(AlignedAddress(size), size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return ReplicaSystemError("memory of " + std::to_string(size) + " bytes");
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
  // Uses huge pages (Linux 6.1), whatever the mount options of the file system say. If that fails,
  // nothing is lost.
  const size_t begin = offset / kHugePage * kHugePage;
  const size_t end = (offset + size) / kHugePage * kHugePage;
  if (size_ >= kHugeFrom && begin < end) madvise(data_ + begin, end - begin, MADV_COLLAPSE);
  return {};
}

bool MappedFile::WriteAt(size_t offset, std::span<const uint8_t> bytes) const {
  struct stat status {};
  if (fstat(fd_, &status) != 0 || static_cast<size_t>(status.st_size) < offset + bytes.size()) {
    return false;
  }
  return pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes.size());
}

bool MappedFile::WasCut() {
  return was_cut.exchange(false);
}

void MappedFile::SurviveCutFiles() {
  struct sigaction action {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

bool MappedFile::IsAt(const std::string& path) const {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

}  // namespace sallyport::revocation
