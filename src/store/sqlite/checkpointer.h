// Checkpointer: copies the WAL into the database on a thread and connection of its own, so that no
// commit waits for it, and keeps the WAL bounded.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/database.h"
#include "store/sqlite/options.h"
#include "store/sqlite/room.h"

namespace sallyport::store {

class Writer;

class Checkpointer {
 public:
  // `room` outlives the checkpointer.
  Checkpointer(const SqliteOptions& options, Room& room) : options_(options), room_(room) {}
  ~Checkpointer() { Stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // How many pages the WAL holds now. Thread-safe, does not block.
  void Notice(int wal_pages);

  // How many pages of the WAL the database must still take. Thread-safe.
  int PagesToCopy() const;
  // Waits until the WAL is not much longer than it is meant to be, for a moment at most: a reader
  // may keep it from beginning anew. For the writer's thread while no commit is under way.
  void AwaitShortWal();

  // From the next copy on `before` is called first, with no lock held and commits going on; with
  // what it gave, unless that is 0, `after` is called once all that was committed by then is in the
  // database file, durably.
  void Watch(std::function<uint64_t()> before, std::function<void(uint64_t)> after);

  // `writer` outlives Stop. May be started again after Stop.
  base::Status Start(const std::string& path, Writer& writer);
  void Stop();

 private:
  void Loop();
  void WatchedCopy(int wal_pages);
  void Copy(int wal_pages);
  // Copies what is left while commits are paused, so that the WAL begins anew. False: a reader is
  // in the way.
  bool Restart();
  // A checkpoint. SQLITE_FULL once nothing is left of the reserve; a disk that fails ends the
  // process.
  int Checkpoint(int mode, int* in_wal, int* copied);
  // One PASSIVE checkpoint; the pages of the WAL not yet copied. Does nothing where the WAL may
  // have been copied whole: the next commit then begins it anew, and SQLite before 3.51.3 can lose
  // commits if a checkpoint starts at that moment (sqlite.org/wal.html#walresetbug).
  int CopyBesideCommits();
  // A checkpoint copies, or has copied, all there was: commits count from here.
  void NoteWholeCopy();

  const SqliteOptions options_;
  Room& room_;
  Database database_;
  Writer* writer_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable restarted_;
  int wal_pages_ = 0;     // guarded by mutex_
  int copied_pages_ = 0;  // or being copied; guarded by mutex_
  int whole_pages_ = 0;   // copied by what has ended; guarded by mutex_
  // Commits noticed since the WAL was last copied whole; the first may be of a commit before that.
  int commits_ = 0;                           // guarded by mutex_
  std::function<uint64_t()> before_copy_;     // guarded by mutex_
  std::function<void(uint64_t)> after_copy_;  // guarded by mutex_
  bool copied_whole_ = false;                 // since the present copy began; the thread's
  bool stopping_ = false;                     // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
