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
#include "store/database_figures.h"
#include "store/forgetting.h"
#include "store/peers.h"
#include "store/read_ahead.h"
#include "store/release.h"

namespace sallyport::store {

// A place where a record can be found besides its key. The rows of one `index` are ordered by
// `sort` (bytewise), then by key.
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

// A position within an index, after which List continues.
struct ListPosition {
  std::string sort;
  std::string key;
};

// A record as it was put.
struct StoredRecord {
  std::string key;
  std::string value;
  std::vector<IndexRow> rows;
  bool operator==(const StoredRecord&) const = default;
};

// An index whose name begins with this is counted (Reader::CountOf). A record can have at most one
// row in it.
inline constexpr std::string_view kCountedIndexes = "counted/";

// How many records have a row in an index, and the bytes of their keys, values and index rows.
struct IndexCount {
  int64_t records = 0;
  int64_t bytes = 0;
  bool operator==(const IndexCount&) const = default;
};

// A record that exists while the store is known to have been restored from a backup. Its value says
// how that is known. Store::MarkRestored writes it, every backup has it, and Store::BeginHistory
// deletes it.
inline constexpr std::string_view kRestoredRecord = "meta/feed/restored";

// Identifies the history that a store holds. A log keeps its id until `sallyport recover`. So when
// two copies of one store have developed differently, one of them has been recovered, and has an id
// that the other one never had.
struct Lineage {
  // The id of this store's first log. All copies of the store have it, whatever happens to them.
  revocation::LogId store{};
  revocation::LogId log{};
  // The ids that the log had before each recovery, the oldest first.
  std::vector<revocation::LogId> past;
  // Incremented at each start, each hour, and at an orderly end.
  uint64_t generation = 0;
};

// The code of an error of Store::Scrub after which it may be tried again.
inline constexpr std::string_view kScrubLater = "scrub_later";

class Reader {
 public:
  virtual ~Reader() = default;
  virtual base::Result<std::optional<std::string>> Get(std::string_view key) = 0;
  // The records of `index` whose sort begins with `prefix`, in order, after `after` if it is given;
  // at most `limit`.
  virtual base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                                   const std::optional<ListPosition>& after,
                                                   size_t limit) = 0;
  // Exact, and cheap however many records there are: the transaction that changes a record in a
  // counted index also writes the count. All zero where the index is not counted.
  virtual base::Result<IndexCount> CountOf(std::string_view index) = 0;
  // A number that changes with the contents: each commit changes it before it is acknowledged. If
  // State() was the same before and after a read, and not 0, what was read is still right as long
  // as State() stays the same. 0: the state is not known. Cheap.
  virtual uint64_t State() { return 0; }
  // The same for the records of one kind alone, and their index rows: those whose keys begin as
  // `key` does, up to the first slash. Other commits leave it as it is.
  virtual uint64_t StateOf(std::string_view key) {
    (void)key;
    return State();
  }
};

// Its reads see its own writes.
class Tx : public Reader {
 public:
  // Writes the record and replaces all its index rows by `rows`.
  virtual base::Status Put(std::string_view key, std::string_view value,
                           const std::vector<IndexRow>& rows) = 0;
  // Writes `after` where the record's value is `before`, and leaves its index rows as they are.
  // False: the record has another value or does not exist, and nothing was written.
  virtual base::Result<bool> Exchange(std::string_view key, std::string_view before,
                                      std::string_view after) = 0;
  // Deletes the record and its index rows. It is no error if the record does not exist.
  virtual base::Status Delete(std::string_view key) = 0;
};

// A transaction that may also append to the RevocationLog. Functions that revoke take this type, so
// that they can run only in a commit that gives a Release, which somebody has to handle.
class LogTx : public Tx {
 public:
  // Appends to the RevocationLog. Sequence numbers follow the order of commits. An error where the
  // entry is too long for a frame of the feed (revocation::kMaxSubjectBytes, kMaxDetailBytes).
  virtual base::Status Append(revocation::Revocation revocation) = 0;
};

// The error that callers get where nothing was written because the disk is full:
// "ServiceUnavailableException" with a sentence that says so.
base::Error DiskFullError(std::string cause);
// Whether it is that one, or another of those by which a store says that it cannot write at
// present: its database is away, or takes no changes.
bool IsDiskFull(const base::Error& error);

// What the store can still write, and what is left of the reserve for revocations.
struct Space {
  // The disk is full, or was, and the reserve does not have its whole size yet. Update and
  // UpdateLog give DiskFullError where they would write.
  bool only_revocations = false;
  uint64_t reserve = 0;  // bytes that are left of the reserve
  uint64_t wanted = 0;   // the whole size of the reserve, in bytes
};

struct Written {
  // What `fn` returned. After an error nothing of it was written.
  base::Status outcome;
};

struct Committed : Written {
  // At least the head of the log that `fn` saw, including its own entries. The answer of a revoking
  // call waits for it, whatever the outcome.
  Release release;
};

// Thread-safe. Readers see every acknowledged commit.
class Store : public Reader {
 public:
  // Runs `fn` in a transaction and commits it; returns when the commit is durable (fsync). `fn`
  // reads again what was read before, checks it again, and writes. It must do no other I/O, because
  // it may run more than once. An error of this function, as opposed to one in `outcome`, is a
  // failure of the store: it is not known whether anything was written, so the caller must not
  // answer with success.
  virtual base::Result<Written> Update(const std::function<base::Status(Tx&)>& fn) = 0;
  // The same for a commit that appends to the log although nobody has asked to revoke: a key that
  // is published, or a sign-in that ends other sessions.
  virtual base::Result<Committed> UpdateLog(const std::function<base::Status(LogTx&)>& fn) = 0;
  // The same for a call that revokes, or for something that revocation depends on. On a full disk
  // only this may use the reserve.
  virtual base::Result<Committed> UpdateRevoking(const std::function<base::Status(LogTx&)>& fn) = 0;
  // A commit without changes. Used before an answer which says that something was found to be
  // revoked, or that a revoking call has failed. Its Release includes everything that was visible
  // before the call.
  virtual base::Result<Release> Barrier() = 0;

  // Reads of one state of the store in one transaction, which is also cheaper than single reads.
  // The state is that of the first read, and includes every commit that was acknowledged before it.
  // Only for the calling thread, and only for a short time, because it holds up checkpoints. While
  // it exists, the thread must read by nothing else: connections for reading are few, and threads
  // that hold one and wait for another could block each other.
  virtual base::Result<std::unique_ptr<Reader>> Snapshot() = 0;

  // Committed entries after `after` in order, at most `limit`; expired ones may be missing.
  virtual base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) = 0;
  // The head that was acknowledged last. ReadLog may already give entries after it.
  virtual revocation::LogPosition Head() = 0;
  // The hash that the log had at `sequence`; nullopt where that row is no longer kept.
  virtual base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) = 0;
  // The id of the log. An Agent whose position is under another id is judged by it: if the id
  // belongs to the store's past, `recover` has ended that history, and the Agent takes a snapshot.
  // An id that is neither this log's nor of its past proves that this store has lost history
  // (MarkRestored).
  virtual revocation::LogId log_id() = 0;
  virtual bool IsPast(const revocation::LogId& id) = 0;
  virtual Lineage lineage() = 0;
  // An estimate of how many entries ReadLog(0, ...) would give.
  virtual uint64_t LogSize() = 0;
  // Cheap.
  virtual Space GetSpace() = 0;
  // How many commits this store has made since it was opened. Changes that shared a commit count
  // once.
  virtual uint64_t Commits() = 0;
  // Nullptr: in this store a read is not a round trip. Cheap.
  virtual ReadAhead* read_ahead() { return nullptr; }
  // Nullopt: the store is embedded. Cheap.
  virtual std::optional<DatabaseFigures> Database() = 0;
  // Deletes entries whose keep_until is before `now`, in small commits. The row of the head stays.
  virtual base::Status PruneLog(ForgetBefore now) = 0;
  // Rewrites the store's files, so that nothing of what was deleted or overwritten is left in them.
  // Commits wait meanwhile. Needs free disk space of twice the store's size. An error means that it
  // was not done; with the code kScrubLater, only because there was not enough space or another
  // process was reading the store.
  virtual base::Status Scrub() = 0;

  // False while other servers may have taken this one for dead: no lease may be granted. Cheap:
  // asked before each grant.
  virtual bool may_grant() = 0;
  // The other servers of this store; nullptr: it can never have one.
  virtual Peers* peers() = 0;
  // Whether this server does the work that only one server of a store may do: upkeep, imports, the
  // delivery of messages. Cheap: asked before each piece of work.
  virtual bool runs_jobs() = 0;
  // `learn` is called with the records kTimeRecord and kWatchedRecord of server_time.h (empty:
  // there is none) whenever another server may have changed them, before a page of the log is given
  // that lacks what was forgotten by them, and before the beat that read them counts. Replaces the
  // function that was set before, which is not running any more on return. Never called where
  // peers() is nullptr.
  virtual void OnTime(
      std::function<void(const std::string& time, const std::string& watched)> learn) = 0;

  // True while this store is known to be an older copy of itself: nothing may be issued and no
  // lease granted until `sallyport recover` has run. Cheap, since it is called before each issue of
  // tokens.
  virtual bool is_restored() = 0;
  // How that is known, for example "it is the backup of 2026-11-25T17:30:00Z". Empty: the store is
  // not restored.
  virtual std::string restored_reason() = 0;
  // From this call on is_restored() is true. An error only means that the mark is not durable.
  // `reason` is for the operator; an earlier reason is kept.
  virtual base::Status MarkRestored(std::string_view reason) = 0;
  // Begins a new history (sallyport recover) in one commit: the log gets a new id, the old id
  // belongs to the past, and the mark of a restore is deleted; the entries stay. Durable on return.
  // After an error it may be repeated.
  virtual base::Status BeginHistory() = 0;

  // These four functions are for CopyStore (copy.h) alone. Gives at most `limit` records in the
  // order of their keys, after `after` if given.
  virtual base::Result<std::vector<StoredRecord>> ReadRecords(
      const std::optional<std::string>& after, size_t limit) = 0;
  // For a store that nobody serves. EmptyLog deletes its log. AdoptEntries adds entries of another
  // store's log after those that are there. AdoptLineage gives it the other store's lineage, and
  // marks the copy as finished. Each is durable on return.
  virtual base::Status EmptyLog() = 0;
  virtual base::Status AdoptEntries(const std::vector<revocation::LogEntry>& entries) = 0;
  virtual base::Status AdoptLineage(const Lineage& lineage) = 0;

  // The longest TTL of a lease that was ever noted, including by a newer copy of this store that
  // was here before. WitnessTtl notes one, durably on return.
  virtual uint32_t WitnessedTtl() = 0;
  virtual base::Status WitnessTtl(uint32_t ttl_millis) = 0;

  // After each commit that appended, `on_commit` is called with the new head, before Update
  // returns, on the store's own thread; so it must not block. Replaces the function that was set
  // before, which is not running any more on return; nullptr: none.
  virtual void OnAppend(std::function<void(revocation::LogPosition)> on_commit) = 0;
};

}  // namespace sallyport::store
