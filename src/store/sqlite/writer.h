// Writer: one thread that runs changes in groups. Each group is one commit with one fsync.
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
#include "store/sqlite/kind_states.h"
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
    kRevocation,  // a revocation, or something that revocation depends on: may use the reserve
  };

  // The tables must exist. `before_batch` is called before each transaction. `on_wal` is called
  // after each commit, with the number of pages in the WAL. `room` must outlive the writer.
  static base::Result<std::unique_ptr<Writer>> Open(const std::string& path, size_t greatest_batch,
                                                    Room& room, std::function<void()> before_batch,
                                                    std::function<void(int)> on_wal);
  // Runs what is queued, then ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Implements Store::Update. Thread-safe. If there is no space for a batch, it is tried again with
  // only those changes that may use the reserve, which is given up step by step.
  base::Result<Committed> Run(const Change& change, Purpose purpose = Purpose::kRevocation);

  revocation::LogPosition Head() const;
  // The WAL as the last commit left it, durably. Unknown where the next WAL might not be its
  // successor.
  WalMark wal() const;
  uint64_t LogRows() const;
  RecentLog& recent_log() { return recent_log_; }
  uint64_t commits() const { return commits_; }
  // Reader::State. No two stores of a process ever have the same. 0 while a commit is under way,
  // which may be visible before it is known to have succeeded.
  uint64_t state() const {
    const uint64_t state = state_;
    return state % 2 == 0 ? state : 0;
  }
  // Reader::StateOf, likewise.
  const KindStates& kind_states() const { return kind_states_; }
  void OnAppend(std::function<void(revocation::LogPosition)> on_commit);

  // No commit runs while the result is held.
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
  // Begins the WAL anew by this connection. SQLite chooses both salts at random for a connection
  // that has never begun a WAL and finds it empty, even if another process has emptied it. From
  // here on each WAL is the successor of the one before.
  base::Status BeginWal();
  std::optional<WalHeader> ReadWalHeader();
  void NoteWal(int pages);
  void Loop();
  Batch NextBatch();
  void Commit(Batch batch);
  // Runs all of them in one transaction. After a failure nothing of it is written. `full`: ordinary
  // changes may only read.
  std::optional<SqliteTx::Failure> Try(Batch& batch, bool full);
  // Runs one change within a savepoint. After a failure the whole transaction is lost.
  std::optional<SqliteTx::Failure> RunOne(Job& job, bool full);
  std::optional<SqliteTx::Failure> RunAlone(Statement& statement);
  void RollBack(const SqliteTx::LogState& before);
  // If it fails, nothing of the batch is written, and the error says why.
  std::optional<base::Error> CommitBatch(Batch& batch);
  void FailBatch(Batch& batch, const base::Error& error);
  void Publish();

  Database database_;
  KindStates kind_states_;
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
  std::atomic<uint64_t> state_;  // odd while a commit is under way

  std::mutex on_commit_mutex_;  // held during the call
  std::function<void(revocation::LogPosition)> on_commit_;

  std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<std::unique_ptr<Job>> queue_;  // guarded by queue_mutex_
  bool stopping_ = false;                   // guarded by queue_mutex_

  std::thread thread_;  // declared last: it starts when everything else exists
};

}  // namespace sallyport::store
