// Numberer: gives the log's entries their numbers, in short transactions of its own. Entries are
// committed without a number, so that commits do not wait for one another.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/sqlite/recent_log.h"
#include "store_postgres/pool.h"
#include "store_postgres/queries.h"

namespace sallyport::store::postgres {

// Thread-safe.
class Numberer {
 public:
  struct Options {
    std::chrono::milliseconds budget;  // of one numbering
    // The database has lost a part of the log.
    std::function<void(const std::string& why)> on_lost;
  };
  Numberer(Pool& pool, Options options);
  ~Numberer();
  Numberer(const Numberer&) = delete;
  Numberer& operator=(const Numberer&) = delete;

  // Numbers the entries that an earlier server has left without a number, and begins the thread.
  Outcome<void> Start();
  // Waits for a numbering that begins after this call, and gives the head after it when it is
  // confirmed.
  Outcome<uint64_t> HeadFromNow(Deadline deadline);

  // Tells that other servers have numbered the log up to `head`, durably. The new entries are read,
  // and then head() is at least this. Does not block.
  void Follow(const revocation::LogPosition& head);

  revocation::LogPosition head() const;
  uint64_t rows() const;
  RecentLog& recent() { return recent_; }
  // Deletes at most `limit` entries before the head that expired before `now_seconds`.
  Outcome<uint64_t> DeleteExpired(int64_t now_seconds, size_t limit, Deadline deadline);
  // Store::EmptyLog and Store::AdoptEntries.
  Outcome<void> EmptyLog(Deadline deadline);
  Outcome<void> Adopt(const std::vector<revocation::LogEntry>& entries, Deadline deadline);
  // As Store::OnAppend.
  void OnAppend(std::function<void(revocation::LogPosition)> on_append);

 private:
  struct Locked {
    revocation::LogPosition head;
    uint64_t rows = 0;
    Rows pending;
  };
  void Loop();
  Outcome<void> NumberAll();
  // True: there may be more.
  Outcome<bool> NumberOnce(Deadline deadline);
  Outcome<void> ReadUpTo(const revocation::LogPosition& head);
  // Begins a transaction that holds the head.
  Outcome<Locked> LockHead(Deadline deadline);
  Outcome<void> Connect(Deadline deadline);
  Outcome<void> Commit(Deadline deadline);
  // Adds statements to those that are run next: they write the entries and the head after them.
  void AddEntries(const std::vector<revocation::LogEntry>& entries, uint64_t rows);
  void Publish(const revocation::LogPosition& head, uint64_t rows,
               std::vector<revocation::LogEntry> entries);

  Pool& pool_;
  const Options options_;
  std::mutex working_;                      // held for a transaction
  std::unique_ptr<Connection> connection_;  // guarded by working_
  RecentLog recent_;

  mutable std::mutex published_mutex_;
  revocation::LogPosition head_;  // guarded by published_mutex_
  uint64_t rows_ = 0;             // guarded by published_mutex_

  std::mutex on_append_mutex_;  // held during the call
  std::function<void(revocation::LogPosition)> on_append_;

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable answered_;
  uint64_t wanted_ = 0;             // guarded by mutex_: numberings asked for
  uint64_t done_ = 0;               // guarded by mutex_: up to which they are answered
  uint64_t failed_ = 0;             // guarded by mutex_: up to which one has failed
  std::optional<Failure> failure_;  // guarded by mutex_: why
  revocation::LogPosition follow_;  // guarded by mutex_: how far others have come
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace sallyport::store::postgres
