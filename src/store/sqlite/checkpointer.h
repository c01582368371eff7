// Checkpointer: copies the WAL into the database, so that the WAL does not grow without bound. It
// has its own thread and connection, so that no commit waits for it.
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
  // `room` must outlive the checkpointer.
  Checkpointer(const SqliteOptions& options, Room& room) : options_(options), room_(room) {}
  ~Checkpointer() { Stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Tells how many pages the WAL has now. Thread-safe, does not block.
  void Notice(int wal_pages);

  // How many pages of the WAL are still to be copied. Thread-safe.
  int PagesToCopy() const;
  // Waits until the WAL is not much longer than it should be, but only for a moment: a reader may
  // keep it from beginning anew. Called by the writer's thread while no commit is under way.
  void AwaitShortWal();

  // From the next copy on, calls `before` first, while no lock is held and commits go on. When
  // everything that was committed by then is durably in the database file, it calls `after` with
  // what `before` gave, unless that was 0.
  void Watch(std::function<uint64_t()> before, std::function<void(uint64_t)> after);

  // `writer` must outlive Stop. May be started again after Stop.
  base::Status Start(const std::string& path, Writer& writer);
  void Stop();

 private:
  void Loop();
  void WatchedCopy(int wal_pages);
  void Copy(int wal_pages);
  // Copies the rest while commits are paused, so that the WAL begins anew. False: a reader
  // prevented it.
  bool Restart();
  // Runs a checkpoint. SQLITE_FULL once nothing is left of the reserve; a disk that fails ends the
  // process.
  int Checkpoint(int mode, int* in_wal, int* copied);
  // Runs one PASSIVE checkpoint and gives the number of pages of the WAL that are not copied yet.
  // Does nothing where the WAL may already be copied completely: the next commit then begins it
  // anew, and SQLite before 3.51.3 can lose commits if a checkpoint starts at that moment
  // (sqlite.org/wal.html#walresetbug).
  int CopyBesideCommits();
  // Notes that a checkpoint is copying, or has copied, the whole WAL; commits are counted from
  // here.
  void NoteWholeCopy();

  const SqliteOptions options_;
  Room& room_;
  Database database_;
  Writer* writer_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable restarted_;
  int wal_pages_ = 0;     // guarded by mutex_
  int copied_pages_ = 0;  // including those that are being copied; guarded by mutex_
  int whole_pages_ = 0;   // copied by checkpoints that have ended; guarded by mutex_
  // Commits noticed since the WAL was last copied whole; the first may be of a commit before that.
  int commits_ = 0;                           // guarded by mutex_
  std::function<uint64_t()> before_copy_;     // guarded by mutex_
  std::function<void(uint64_t)> after_copy_;  // guarded by mutex_
  bool copied_whole_ = false;  // since the present copy began; used by the thread alone
  bool stopping_ = false;      // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
