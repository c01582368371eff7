// Checkpointer: copies the WAL into the database on a thread and connection of its own, so that no
// commit waits for it, and keeps the WAL bounded.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/database.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {

class Writer;

class Checkpointer {
 public:
  explicit Checkpointer(const SqliteOptions& options) : options_(options) {}
  ~Checkpointer() { Stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // How many pages the WAL holds now. Thread-safe, does not block.
  void Notice(int wal_pages);

  // `writer` outlives Stop.
  base::Status Start(const std::string& path, Writer& writer);
  void Stop();

 private:
  void Loop();
  void Copy(int wal_pages);
  // Copies what is left while commits are paused, so that the WAL begins anew. False: a reader is
  // in the way.
  bool Restart();
  void LogFailure();
  // One PASSIVE checkpoint; the pages of the WAL not yet copied.
  int CopyBesideCommits();

  const SqliteOptions options_;
  Database database_;
  Writer* writer_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  int wal_pages_ = 0;      // guarded by mutex_
  int copied_pages_ = 0;   // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store
