// Store: records, their index rows, and one RevocationLog. What Update has acknowledged survives
// kill -9 and power loss.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/revocation.h"

namespace sallyport::store {

// Where a record can be found besides its key: rows of one `index` are ordered by `sort` (bytes),
// then key.
struct IndexRow {
  std::string index;
  std::string sort;
  bool operator==(const IndexRow&) const = default;
};

struct ListItem {
  std::string sort;
  std::string key;
  std::string value;
};

// A place within an index: List continues after it.
struct ListPosition {
  std::string sort;
  std::string key;
};

// An index whose name begins so is counted (Reader::CountOf). A record has at most one row of it.
inline constexpr std::string_view kCountedIndexes = "counted/";

// The records that have a row of an index, and the bytes of their keys, values and index rows.
struct IndexCount {
  int64_t records = 0;
  int64_t bytes = 0;
  bool operator==(const IndexCount&) const = default;
};

// Present while the store is known to have been restored from a backup: nothing is issued. Written
// by the feed, which notices; deleted by `sallyport recover`.
inline constexpr std::string_view kRestoredRecord = "meta/feed/restored";

class Reader {
 public:
  virtual ~Reader() = default;
  virtual base::Result<std::optional<std::string>> Get(std::string_view key) = 0;
  // At most `limit` records of `index` whose sort begins with `prefix`, in order, after `after` if
  // given.
  virtual base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                                   const std::optional<ListPosition>& after,
                                                   size_t limit) = 0;
  // Exact, and cheap however many records there are: each change of a record with a row of a
  // counted index writes it in the same transaction. Nothing where the index is not counted.
  virtual base::Result<IndexCount> CountOf(std::string_view index) = 0;
};

// Reads see this transaction's own writes.
class Tx : public Reader {
 public:
  // Writes the record and replaces all its index rows by `rows`.
  virtual base::Status Put(std::string_view key, std::string_view value,
                           const std::vector<IndexRow>& rows) = 0;
  // Writes `after` where the record's value is `before`; its index rows stay as they are. False: it
  // is another, or there is none, and nothing was written.
  virtual base::Result<bool> Exchange(std::string_view key, std::string_view before,
                                      std::string_view after) = 0;
  // Deletes the record and its index rows. Deleting what is not there is no error.
  virtual base::Status Delete(std::string_view key) = 0;
  // Appends to the RevocationLog. The sequence number is assigned by commit order. An error where
  // no frame of the feed could carry it (revocation::kMaxSubjectBytes, kMaxDetailBytes).
  virtual base::Status Append(revocation::Revocation revocation) = 0;
};

struct Committed {
  // What `fn` returned; an error means that nothing of it was written.
  base::Status outcome;
  // The log's head that `fn` saw, its own entries included. A revoking call's answer waits until
  // this is released, whatever the outcome.
  uint64_t head = 0;
};

// Thread-safe. Readers see every acknowledged commit.
class Store : public Reader {
 public:
  // `fn` re-reads, checks again and writes. It has no I/O of its own, and may be run more than
  // once. Blocks until its commit is durable (fsync). An error here, not in `outcome`, is the
  // store's own failure: nothing of `fn` is known to be written or not, and nothing may be answered
  // with success.
  virtual base::Result<Committed> Update(const std::function<base::Status(Tx&)>& fn) = 0;

  // Reads of one state of the store, in one transaction: several reads at the cost of few. The
  // state is that of the first read, with every commit acknowledged before it. For the calling
  // thread and not for long: it holds up checkpoints, and while it lives its thread reads through
  // nothing else (the connections that read are few, and each would wait for the other).
  virtual base::Result<std::unique_ptr<Reader>> Snapshot() = 0;

  // Committed entries after `after` in order, at most `limit`; expired ones may be absent.
  virtual base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) = 0;
  // The head that was acknowledged last; ReadLog may already give entries after it.
  virtual revocation::LogPosition Head() = 0;
  // The hash that the log had at `sequence`, nullopt where that row is no longer kept.
  virtual base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) = 0;
  virtual revocation::LogId log_id() = 0;
  // About how many entries ReadLog(0, ...) would give.
  virtual uint64_t LogSize() = 0;
  // How many commits this store made since it was opened; changes that shared one count once.
  virtual uint64_t Commits() = 0;
  // Deletes entries whose keep_until has passed, in small commits; the row of the head stays.
  virtual base::Status PruneLog(int64_t now_seconds) = 0;
  // Begins a new history (sallyport recover): a new log id; the entries stay. Durable on return.
  virtual base::Status RenewLogId() = 0;

  // `on_commit` is called with the new head after each commit that appended, before Update returns,
  // from the store's own thread: it must not block. Replaces the one before, which is not running
  // any more on return; nullptr: none.
  virtual void OnAppend(std::function<void(revocation::LogPosition)> on_commit) = 0;
};

}  // namespace sallyport::store
