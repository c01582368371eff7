#include "store/sqlite/room.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "store/sqlite/schema.h"

namespace sallyport::store {
namespace {

// How much of the reserve is given up at a time: room for some tens of commits.
constexpr uint64_t kStep = 1024 * 1024;
// With less free space than this the disk counts as full, before any write fails.
constexpr uint64_t kLow = 2 * kStep;
// With this much free space beside a whole reserve, the disk counts as having space again.
constexpr uint64_t kEnough = 4 * kStep;
constexpr auto kPeriod = std::chrono::seconds(1);
constexpr uint64_t kStatBlock = 512;  // the unit of st_blocks

// How many bytes of the file have blocks, from its beginning. Only these are a reserve.
uint64_t Allocated(const struct stat& status) {
  const auto size = static_cast<uint64_t>(status.st_size);
  return std::min(size, static_cast<uint64_t>(status.st_blocks) * kStatBlock);
}

}  // namespace

base::Result<std::unique_ptr<Room>> Room::Open(const std::string& directory,
                                               std::optional<uint64_t> bytes) {
  const std::string path = directory + "/reserve";
  const bool makes = bytes.value_or(0) > 0;
  const int fd = open(path.c_str(), O_RDWR | (makes ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 && !makes && errno == ENOENT) {
    return std::unique_ptr<Room>(new Room(directory, -1, 0, 0));
  }
  if (fd < 0) return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return Unusable(fmt::format("{}: is not a file", path));
  }
  const uint64_t found = Allocated(status);
  const uint64_t wanted = bytes.value_or(found);
  std::unique_ptr<Room> room(new Room(directory, fd, wanted, found));
  // Bytes without blocks reserve nothing, and bytes beyond the wanted size are given back.
  if (ftruncate(fd, static_cast<off_t>(std::min(found, wanted))) != 0) {
    return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  room->held_ = std::min(found, wanted);
  if (wanted == 0) return room;
  const uint64_t free = room->FreeBytes();
  if (free >= kLow) {
    room->Fill(free);
  } else {
    room->Enter("little free space at the start");
  }
  if (room->held_ < wanted) room->Enter("the reserve is smaller than it should be");
  return room;
}

Room::~Room() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }
  if (fd_ >= 0) close(fd_);
}

void Room::Watch(const std::string& wal_path, uint64_t bytes) {
  if (wanted_ == 0) return;
  wal_path_ = wal_path;
  wal_bytes_ = bytes;
  Tick();
  thread_ = std::thread([this] { Loop(); });
}

void Room::Loop() {
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, kPeriod, [this] { return stopping_; })) {
    lock.unlock();
    Tick();
    lock.lock();
  }
}

uint64_t Room::FreeBytes() const {
  struct statvfs status {};
  // If it cannot be determined, a write will show it.
  if (statvfs(directory_.c_str(), &status) != 0) return kEnough;
  const bool privileged = geteuid() == 0;
  return uint64_t{status.f_frsize} * (privileged ? status.f_bfree : status.f_bavail);
}

Space Room::space() const {
  const std::lock_guard lock(mutex_);
  return {.only_revocations = only_revocations_, .reserve = held_, .wanted = wanted_};
}

void Room::Enter(std::string_view cause) {
  if (only_revocations_.exchange(true)) return;
  base::LogError("the disk is full: until there is space again, only revocations are written",
                 {{"directory", directory_}, {"cause", cause}});
}

void Room::Demand(uint64_t bytes) {
  if (wanted_ == 0 || only_revocations_) return;
  const uint64_t free = FreeBytes();
  if (free < kLow + bytes) {
    Enter(fmt::format("{} bytes of free space, {} for what is committed", free, bytes));
  }
}

void Room::NoteFull(std::string_view cause) {
  // Without a reserve every commit simply tries to write.
  if (wanted_ > 0) Enter(cause);
}

bool Room::Shrink(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  return ShrinkHeld(bytes);
}

bool Room::ShrinkHeld(uint64_t bytes) {
  if (held_ == 0) return false;
  const uint64_t left = held_ - std::min(held_, bytes);
  if (ftruncate(fd_, static_cast<off_t>(left)) != 0) return false;
  held_ = left;
  return true;
}

bool Room::GiveUp(std::string_view cause) {
  NoteFull(cause);
  return Shrink(kStep);
}

void Room::Fill(uint64_t free) {
  const std::lock_guard lock(mutex_);
  if (held_ >= wanted_ || free <= kEnough) return;
  Grow(std::min(wanted_ - held_, free - kEnough));
}

bool Room::GiveUpToOpen(std::string_view cause, uint64_t bytes) {
  NoteFull(cause);
  const std::lock_guard lock(mutex_);
  const uint64_t before = held_;
  if (!ShrinkHeld(bytes)) return false;
  given_to_open_ += before - held_;
  return true;
}

void Room::TakeBack() {
  const std::lock_guard lock(mutex_);
  // Space that the file system gives to nobody is not taken.
  const uint64_t back = std::min(given_to_open_, FreeBytes());
  given_to_open_ = 0;
  if (back > 0 && held_ < wanted_) Grow(std::min(back, wanted_ - held_));
}

void Room::Grow(uint64_t bytes) {
  const uint64_t size = held_ + bytes;
  if (posix_fallocate(fd_, 0, static_cast<off_t>(size)) == 0) {
    held_ = size;
    return;
  }
  // Another process has taken the space meanwhile, so what was allocated in part is given back.
  (void)!ftruncate(fd_, static_cast<off_t>(held_));
}

void Room::HoldWal(uint64_t free) const {
  const int fd = open(wal_path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  struct stat status {};
  if (fstat(fd, &status) == 0) {
    const uint64_t blocks = static_cast<uint64_t>(status.st_blocks) * kStatBlock;
    if (blocks < wal_bytes_ && free > kEnough) {
      const uint64_t size = std::min(wal_bytes_, blocks + free - kEnough);
      // The blocks are behind the end of the file, which stays where SQLite has it. On a file
      // system that cannot do this, only the reserve helps.
      (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size));
    }
  }
  close(fd);
}

void Room::Tick() {
  if (wanted_ == 0) return;
  uint64_t free = FreeBytes();
  if (!only_revocations_) {
    if (free < kLow) return Enter(fmt::format("{} bytes of free space", free));
    HoldWal(free);
    return;
  }
  Fill(free);
  free = FreeBytes();
  {
    const std::lock_guard lock(mutex_);
    if (held_ < wanted_ || free < kEnough) return;
    only_revocations_ = false;
  }
  base::LogInfo("the disk has space again: everything is written", {{"directory", directory_}});
  HoldWal(free);
}

}  // namespace sallyport::store
