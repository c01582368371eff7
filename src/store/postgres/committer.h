// Committer: runs a change again and again, until it is committed or refused, or has conflicted
// with other transactions too often.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.h"
#include "store_postgres/lane.h"
#include "store_postgres/pool.h"
#include "store_postgres/transaction.h"

namespace sallyport::store::postgres {

// Thread-safe.
class Committer {
 public:
  using Change = std::function<base::Status(PostgresTx&)>;
  struct Done {
    // What the change returned; an error means that nothing of it was written.
    base::Status outcome;
    bool appended = false;
    PostgresTx::HeadSeen head;  // after the commit
  };

  Committer(Pool& pool, std::chrono::milliseconds budget) : pool_(pool), budget_(budget) {}

  // `writable` as PostgresTx's. `expected`: keys that the change is likely to read.
  Outcome<Done> Run(const Change& change, bool writable, std::vector<std::string> expected);

  // Reads the committed count of an index. It uses a connection of its own, because a caller that
  // is within a transaction already holds one of the pool's.
  Outcome<IndexCount> CommittedCount(std::string_view index, Deadline deadline);

  uint64_t commits() const { return commits_; }
  void AddFigures(DatabaseFigures& figures) const;

 private:
  // One run. kLost: nothing of it can have been written.
  Outcome<Done> Try(const Change& change, bool writable, std::vector<std::string>& expected,
                    Deadline deadline);
  // Whether the transaction that wrote this id was committed. If it was not, it never will be.
  Outcome<bool> WasCommitted(const CommitId& id);
  Outcome<bool> AskWhetherCommitted(const CommitId& id, Deadline deadline);

  Pool& pool_;
  const std::chrono::milliseconds budget_;
  Lane lane_;
  std::mutex counting_mutex_;
  std::unique_ptr<Connection> counting_;  // guarded by counting_mutex_
  std::atomic<uint64_t> commits_{0};
  std::atomic<uint64_t> conflicts_{0};
  std::atomic<uint64_t> given_up_{0};
  std::atomic<uint64_t> looked_up_{0};
  std::atomic<uint64_t> unknown_{0};
};

}  // namespace sallyport::store::postgres
