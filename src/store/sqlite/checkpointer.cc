#include "store/sqlite/checkpointer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "store/sqlite/writer.h"

namespace sallyport::store {
namespace {

constexpr int kCacheKib = 256;
// How long the restart of the WAL waits for readers, while commits are paused.
constexpr int kRestartBusyMillis = 3;
// So few pages that nobody notices when they are copied and synced while commits are paused.
constexpr int kShortCopyPages = 64;
constexpr int kCopyAttempts = 4;
constexpr int kRestartAttempts = 20;
// One commit may have been noticed late. The next one has certainly begun after the whole copy, so
// it has begun the WAL anew, or could not and has added to it.
constexpr int kCommitsApart = 2;
// How long a commit waits for the WAL to become short.
constexpr auto kGreatestWait = std::chrono::milliseconds(250);
constexpr auto kRestartPeriod = std::chrono::milliseconds(20);

}  // namespace

base::Status Checkpointer::Start(const std::string& path, Writer& writer) {
  SALLYPORT_ASSIGN(database_, Database::Open(path, true, kCacheKib));
  sqlite3_busy_timeout(database_.handle(), kRestartBusyMillis);
  writer_ = &writer;
  wal_pages_ = copied_pages_ = whole_pages_ = commits_ = 0;
  stopping_ = false;
  thread_ = std::thread([this] { Loop(); });
  return {};
}

void Checkpointer::Stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::Notice(int wal_pages) {
  bool due = false;
  {
    std::lock_guard lock(mutex_);
    // If the WAL is shorter than before, it has begun anew.
    if (wal_pages < wal_pages_) copied_pages_ = whole_pages_ = 0;
    wal_pages_ = wal_pages;
    commits_ = std::min(commits_ + 1, kCommitsApart);
    due = wal_pages_ - copied_pages_ >= options_.checkpoint_pages;
  }
  if (due) changed_.notify_one();
}

void Checkpointer::Loop() {
  while (true) {
    int wal_pages = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return stopping_ || wal_pages_ - copied_pages_ >= options_.checkpoint_pages;
      });
      if (stopping_) return;
      wal_pages = wal_pages_;
      copied_pages_ = wal_pages_;
    }
    WatchedCopy(wal_pages);
    const std::lock_guard lock(mutex_);
    whole_pages_ = std::min(wal_pages, wal_pages_);
  }
}

void Checkpointer::Watch(std::function<uint64_t()> before, std::function<void(uint64_t)> after) {
  const std::lock_guard lock(mutex_);
  before_copy_ = std::move(before);
  after_copy_ = std::move(after);
}

void Checkpointer::WatchedCopy(int wal_pages) {
  std::function<uint64_t()> before;
  std::function<void(uint64_t)> after;
  {
    const std::lock_guard lock(mutex_);
    before = before_copy_;
    after = after_copy_;
  }
  const uint64_t mark = before ? before() : 0;
  copied_whole_ = false;
  Copy(wal_pages);
  if (mark != 0 && copied_whole_) after(mark);
}

int Checkpointer::PagesToCopy() const {
  const std::lock_guard lock(mutex_);
  return wal_pages_ - whole_pages_;
}

void Checkpointer::AwaitShortWal() {
  std::unique_lock lock(mutex_);
  restarted_.wait_for(lock, kGreatestWait, [&] {
    return stopping_ || wal_pages_ <= options_.restart_pages + kShortCopyPages;
  });
}

void Checkpointer::Copy(int wal_pages) {
  int left = CopyBesideCommits();
  if (wal_pages < options_.restart_pages) return;
  for (int attempt = 0; attempt < kRestartAttempts; ++attempt) {
    // Commits go on while it copies, so it repeats that until little is left to copy while they are
    // paused.
    for (int i = 0; i < kCopyAttempts && left > kShortCopyPages; ++i) left = CopyBesideCommits();
    if (Restart()) return;
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kRestartPeriod, [&] { return stopping_; })) return;
    left = kShortCopyPages + 1;
  }
}

void Checkpointer::NoteWholeCopy() {
  const std::lock_guard lock(mutex_);
  commits_ = 0;
}

bool Checkpointer::Restart() {
  const auto pause = writer_->Pause();
  NoteWholeCopy();
  const int code = Checkpoint(SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  if (code == SQLITE_OK) {
    copied_whole_ = true;
    {
      const std::lock_guard lock(mutex_);
      wal_pages_ = copied_pages_ = whole_pages_ = 0;
    }
    restarted_.notify_all();
  }
  // A reader that still uses the WAL prevents it from beginning anew.
  return (code & 0xff) != SQLITE_BUSY;
}

int Checkpointer::Checkpoint(int mode, int* in_wal, int* copied) {
  while (true) {
    const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, mode, in_wal, copied);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return code;
    const base::Error error = SqliteError(database_.handle(), "checkpoint");
    // The database has to grow for what was committed. Otherwise there would be no room in the WAL
    // for revocations.
    if (FoundNoSpace(database_.handle(), code)) {
      if (room_.GiveUp(error.cause)) continue;
    } else {
      EndIfDiskFailed(error, code);
    }
    base::LogError("a checkpoint failed", {{"cause", error.cause}});
    return code;
  }
}

int Checkpointer::CopyBesideCommits() {
  {
    const std::lock_guard lock(mutex_);
    if (commits_ < kCommitsApart) return 0;
  }
  int in_wal = 0;
  int copied = 0;
  if (Checkpoint(SQLITE_CHECKPOINT_PASSIVE, &in_wal, &copied) != SQLITE_OK) return 0;
  if (in_wal == copied) {
    copied_whole_ = true;
    NoteWholeCopy();
  }
  return in_wal - copied;
}

}  // namespace sallyport::store
