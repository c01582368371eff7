// Committer: runs a change again and again, until it is committed or refused, or has conflicted
// with other transactions too often.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
    KnownRecords left;          // records as the commit has left them (PostgresTx::Left)
    // What was to be read after the commit; nullopt: it was not.
    std::optional<ReadTogether> after;
  };

  Committer(Pool& pool, std::chrono::milliseconds budget) : pool_(pool), budget_(budget) {}

  // `writable` as PostgresTx's. `expected`: what the change is likely to read. `recent`: what
  // such reads gave a moment ago. Where that is so still, the change and its commit are one round
  // trip. `after`: what is read in the same round trip, once it is committed; nullptr: nothing.
  Outcome<Done> Run(const Change& change, bool writable, Reads expected, const KnownRecords& recent,
                    const Reads* after);

  // Reads the committed count of an index. It uses a connection of its own, because a caller that
  // is within a transaction already holds one of the pool's.
  Outcome<IndexCount> CommittedCount(std::string_view index, Deadline deadline);

  uint64_t commits() const { return commits_; }
  void AddFigures(DatabaseFigures& figures) const;

 private:
  // One run. kLost: nothing of it can have been written.
  Outcome<Done> Try(const Change& change, bool writable, Reads& expected,
                    const KnownRecords& recent, const Reads* after, Deadline deadline);
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
