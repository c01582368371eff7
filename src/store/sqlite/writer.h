// Writer: one thread that runs changes in groups, one commit and one fsync for each group.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/recent_log.h"
#include "store/sqlite/room.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/wal_file.h"
#include "store/store.h"

namespace sallyport::store {

class Writer : private MakesReleases {
 public:
  using Change = std::function<base::Status(SqliteTx&)>;
  enum class Purpose {
    kOrdinary,    // refused while the disk is full
    kRevocation,  // a revocation, or what revocation rests on: may use the reserve
  };

  // The schema is in place. `before_batch` is called before each transaction, and `on_wal` is told
  // after each commit how many pages the WAL holds. `room` outlives the writer.
  static base::Result<std::unique_ptr<Writer>> Open(const std::string& path, size_t greatest_batch,
                                                    Room& room, std::function<void()> before_batch,
                                                    std::function<void(int)> on_wal);
  // Runs what is queued, then ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Store::Update. Thread-safe. A batch for which there is no space is tried again for those alone
  // who may use the reserve, which gives way step by step.
  base::Result<Committed> Run(const Change& change, Purpose purpose = Purpose::kRevocation);

  revocation::LogPosition Head() const;
  // The WAL as the last commit left it, durably. Unknown where the next one might be no successor
  // of it.
  WalMark wal() const;
  uint64_t LogRows() const;
  RecentLog& recent_log() { return recent_log_; }
  uint64_t commits() const { return commits_; }
  void OnAppend(std::function<void(revocation::LogPosition)> on_commit);

  // While it is held, no commit is under way.
  std::unique_lock<std::mutex> Pause() { return std::unique_lock(committing_); }

 private:
  struct Job {
    const Change* change = nullptr;
    Purpose purpose = Purpose::kOrdinary;
    base::Status outcome;
    uint64_t head = 0;
    std::promise<base::Result<Committed>> answer;
  };
  using Batch = std::vector<std::unique_ptr<Job>>;

  Writer(Database database, SqliteTx tx, size_t greatest_batch, Room& room,
         std::function<void()> before_batch, std::function<void(int)> on_wal);
  base::Status ReadLogState();
  // Begins the WAL anew by this connection. SQLite draws both salts for a connection that has never
  // done that and finds the WAL empty, also where another process has emptied it; from here on each
  // WAL is the successor of the one before.
  base::Status BeginWal();
  std::optional<WalHeader> ReadWalHeader();
  void NoteWal(int pages);
  void Loop();
  Batch NextBatch();
  void Commit(Batch batch);
  // One transaction of them all. A failure: nothing of it is written. `full`: the ordinary ones may
  // read only.
  std::optional<SqliteTx::Failure> Try(Batch& batch, bool full);
  // Runs one change within a savepoint. A failure: the transaction as a whole is lost.
  std::optional<SqliteTx::Failure> RunOne(Job& job, bool full);
  std::optional<SqliteTx::Failure> RunAlone(Statement& statement);
  void RollBack(const SqliteTx::LogState& before);
  void FailBatch(Batch& batch, const base::Error& error);
  void Publish();

  Database database_;
  SqliteTx tx_;
  Statement begin_, commit_, savepoint_, release_, rollback_to_;
  const size_t greatest_batch_;
  Room& room_;
  std::function<void()> before_batch_;
  std::function<void(int)> on_wal_;

  bool begun_wal_ = false;

  std::mutex committing_;

  mutable std::mutex published_mutex_;
  SqliteTx::LogState published_;  // guarded by published_mutex_
  WalMark wal_;                   // guarded by published_mutex_

  RecentLog recent_log_;
  std::atomic<uint64_t> commits_{0};

  std::mutex on_commit_mutex_;  // held during the call
  std::function<void(revocation::LogPosition)> on_commit_;

  std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<std::unique_ptr<Job>> queue_;  // guarded by queue_mutex_
  bool stopping_ = false;                   // guarded by queue_mutex_

  std::thread thread_;  // last: begins when all else is there
};

}  // namespace sallyport::store
