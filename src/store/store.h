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
#include "store/forgetting.h"
#include "store/release.h"

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

// Present while the store is known to have been restored from a backup; its value says by what that
// is known. Written by Store::MarkRestored and into every backup; deleted by Store::BeginHistory.
inline constexpr std::string_view kRestoredRecord = "meta/feed/restored";

// Which history a store holds. A log keeps its id until `sallyport recover`: of two copies of one
// store that have gone different ways, one is recovered and has an id that the other never heard
// of.
struct Lineage {
  // The id of this store's first log: the same in each of its copies, whatever became of them.
  revocation::LogId store{};
  revocation::LogId log{};
  // The ids that the log had before it was recovered, the oldest first.
  std::vector<revocation::LogId> past;
  // Grows at each start, each hour and at an orderly end.
  uint64_t generation = 0;
};

// The code of Store::Scrub's error where it may be tried again.
inline constexpr std::string_view kScrubLater = "scrub_later";

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
  // Names what reads give at the moment, cheaply: what was read while it was the same before and
  // after, and not 0, need not be read again as long as it is the same. Each commit changes it
  // before it is acknowledged. 0: not known.
  virtual uint64_t State() { return 0; }
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
};

// A transaction that may also append to the RevocationLog. What revokes takes one, so that it can
// be a part only of a commit whose Release somebody has to do something with.
class LogTx : public Tx {
 public:
  // Appends to the RevocationLog. The sequence number is assigned by commit order. An error where
  // no frame of the feed could carry it (revocation::kMaxSubjectBytes, kMaxDetailBytes).
  virtual base::Status Append(revocation::Revocation revocation) = 0;
};

// The error, for callers, of what is not written because the disk is full:
// "ServiceUnavailableException", with a sentence about it. Nothing of it was written.
base::Error DiskFullError(std::string cause);
// Whether it is that one.
bool IsDiskFull(const base::Error& error);

// What the store can still write, and of what is set aside for revocations.
struct Space {
  // The disk is full, or was until the reserve has its whole size again: Update and UpdateLog give
  // DiskFullError where they would write.
  bool only_revocations = false;
  uint64_t reserve = 0;  // bytes that are left of it
  uint64_t wanted = 0;   // its whole size
};

struct Committed {
  // What `fn` returned; an error means that nothing of it was written.
  base::Status outcome;
  // Up to the log's head that `fn` saw, its own entries included. A revoking call's answer waits
  // for it, whatever the outcome.
  Release release;
};

// Thread-safe. Readers see every acknowledged commit.
class Store : public Reader {
 public:
  // `fn` re-reads, checks again and writes. It has no I/O of its own, and may be run more than
  // once. Blocks until its commit is durable (fsync). An error here, not in `outcome`, is the
  // store's own failure: nothing of `fn` is known to be written or not, and nothing may be answered
  // with success.
  virtual base::Result<Committed> Update(const std::function<base::Status(Tx&)>& fn) = 0;
  // The same for what appends without being a revocation that somebody asked for: a key that is
  // published, a sign-in that evicts.
  virtual base::Result<Committed> UpdateLog(const std::function<base::Status(LogTx&)>& fn) = 0;
  // The same for a revoking call, or for what revocation rests on. On a full disk it alone may use
  // the space that is set aside for it.
  virtual base::Result<Committed> UpdateRevoking(const std::function<base::Status(LogTx&)>& fn) = 0;
  // A commit of nothing: for the answer that says what was found revoked, or that a revoking call
  // failed. Everything that was visible before the call is included.
  virtual base::Result<Release> Barrier() = 0;

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
  // How an Agent's position under another id than log_id() is judged: an id of the store's past is
  // history that `recover` has ended, and the Agent takes a snapshot; an id that is neither this
  // log's nor of its past proves a history that this store has lost (MarkRestored).
  virtual revocation::LogId log_id() = 0;
  virtual bool IsPast(const revocation::LogId& id) = 0;
  virtual Lineage lineage() = 0;
  // About how many entries ReadLog(0, ...) would give.
  virtual uint64_t LogSize() = 0;
  // Cheap.
  virtual Space GetSpace() = 0;
  // How many commits this store made since it was opened; changes that shared one count once.
  virtual uint64_t Commits() = 0;
  // Deletes entries whose keep_until lies before `now`, in small commits; the row of the head
  // stays.
  virtual base::Status PruneLog(ForgetBefore now) = 0;
  // Rewrites the store's files, so that nothing is left in them of what was deleted or overwritten.
  // Commits wait meanwhile. Needs free disk space of twice the store's size. An error means that it
  // was not done; of code kScrubLater: for want of space, or because another process reads the
  // store, and all else is well.
  virtual base::Status Scrub() = 0;

  // True while this store is known to be an older copy of itself: nothing may be issued and no
  // lease granted before `sallyport recover`. Cheap: asked before each issue of tokens.
  virtual bool is_restored() = 0;
  // By what that is known: "it is the backup of 2026-11-25T17:30:00Z". Empty: it is not restored.
  virtual std::string restored_reason() = 0;
  // From here on is_restored() is true, after an error too: that says only that the mark is not
  // durable. `reason` is for the operator, and is kept where there was none before.
  virtual base::Status MarkRestored(std::string_view reason) = 0;
  // Begins a new history (sallyport recover), in one commit: a new log id, the old one is past, no
  // mark of a restore is left; the entries stay. Durable on return. After an error it may be
  // repeated.
  virtual base::Status BeginHistory() = 0;

  // The greatest TTL of leases that was ever noted, also by a newer copy of this store that was
  // here. Durable on return of WitnessTtl.
  virtual uint32_t WitnessedTtl() = 0;
  virtual base::Status WitnessTtl(uint32_t ttl_millis) = 0;

  // `on_commit` is called with the new head after each commit that appended, before Update returns,
  // from the store's own thread: it must not block. Replaces the one before, which is not running
  // any more on return; nullptr: none.
  virtual void OnAppend(std::function<void(revocation::LogPosition)> on_commit) = 0;
};

}  // namespace sallyport::store
