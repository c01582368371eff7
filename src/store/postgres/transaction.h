// PostgresTx: one run of a change, in one SERIALIZABLE transaction. What the change writes is kept
// here and sent with the COMMIT, in the order of the keys. So two transactions never deadlock over
// their rows, and a change takes only as many round trips as it has reads that depend on one
// another.
//
// A change may begin with what its thread has read a moment ago, outside of the transaction
// (Options::recent). Each such record that it has used is compared within the transaction, byte for
// byte, with what there is, before anything else that is sent with it: so it is a read of this
// transaction like any other, for the database's SERIALIZABLE too. Where one has changed, the
// statements after it are not executed, and the change is run again without them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"
#include "store_postgres/connection.h"
#include "store_postgres/queries.h"

namespace sallyport::store::postgres {

// A random id for each commit, which the commit itself writes.
using CommitId = std::array<uint8_t, 16>;

// For one thread.
class PostgresTx final : public LogTx {
 public:
  struct Options {
    Deadline deadline;
    // False: the change may only read, and a write gives DiskFullError.
    bool writable = true;
    // Reads the committed count of an index, outside of this transaction. Within it, any two
    // transactions that count would conflict.
    std::function<Outcome<IndexCount>(std::string_view)> read_count;
    const KnownRecords* recent = nullptr;
    const Reads* after = nullptr;  // what Commit reads once it is done
  };
  PostgresTx(Connection& connection, Options options);

  base::Result<std::optional<std::string>> Get(std::string_view key) override;
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override;
  base::Result<IndexCount> CountOf(std::string_view index) override;
  base::Status Put(std::string_view key, std::string_view value,
                   const std::vector<IndexRow>& rows) override;
  base::Result<bool> Exchange(std::string_view key, std::string_view before,
                              std::string_view after) override;
  base::Status Delete(std::string_view key) override;
  base::Status Append(revocation::Revocation revocation) override;

  void SetMeta(std::string_view name, std::string_view value);
  // The value before this transaction; empty: there is none.
  base::Result<std::string> GetMeta(std::string_view name);

  // Makes the reads that are expected of the change, in the same round trip as the transaction's
  // beginning. A read too many costs little.
  Outcome<void> Expect(const Reads& reads);

  // What the database said about the log after the commit.
  struct HeadSeen {
    uint64_t sequence = 0;
    // Entries are committed that have no number yet.
    bool pending = false;
  };
  // Sends what was written, and commits.
  Outcome<HeadSeen> Commit();
  // After this failure of it: whether it may have committed all the same.
  bool may_have_committed(const Failure& failure) const;
  const CommitId& commit_id() const { return commit_id_; }
  // Ends it without a commit.
  void RollBack();

  bool writes() const;
  bool appends() const { return !entries_.empty(); }
  // Whether a write was refused because the transaction is not writable.
  bool refused() const { return refused_; }
  // The first failure. After it nothing that the change has read can be relied on.
  const std::optional<Failure>& failure() const { return failure_; }
  // The keys that it has read or written.
  std::vector<std::string> Touched() const;
  // Whether the change has used recent reads that were not verified yet. Then an error that it
  // returned means nothing.
  bool relies_on_recent() const { return !unverified_.empty(); }
  // After the commit: what Options::after has asked for; nullopt: nothing, or it is damaged.
  std::optional<ReadTogether> TakeAfter() { return std::exchange(after_, std::nullopt); }
  // After the commit: the records that it has written, or has taken from the recent reads.
  KnownRecords Left() const;

 private:
  struct Entry {
    bool known = false;  // `stored` is what the database has
    std::optional<Record> stored;
    bool changed = false;
    bool left = false;  // belongs to Left
    // What will be stored, if it is changed; nullopt: the record will be deleted.
    std::optional<Record> next;
    const std::optional<Record>& now() const { return changed ? next : stored; }
  };
  using Records = std::map<std::string, Entry, std::less<>>;

  // Adds the transaction's beginning to what is run next, if it has not begun, and verifies the
  // recent reads that were used since.
  void AddBegin();
  void AddVerification();
  // Takes the record from the recent reads. False: they do not have it.
  bool UseRecent(std::string_view key, Entry& entry);
  Outcome<Entry*> Load(std::string_view key);
  Outcome<void> LoadAll(const std::vector<std::string_view>& keys);
  // Reads the records that were written without having been read.
  Outcome<void> LoadUnread();
  Entry& Of(std::string_view key);
  base::Status CheckWritable();
  // Adds the writes that were not sent yet to what is run next.
  void AddWrites();
  void AddRecord(const std::string& key, const Entry& entry);
  void AddIndexRows();
  void AddCounts();
  void AddPending();
  void Count(const std::string& key, const Record& record, int64_t sign);
  // Remembers a failure, and gives the error for the change.
  base::Error Note(const Failure& failure);

  Connection& connection_;
  const Options options_;
  CommitId commit_id_{};
  Records records_;
  std::map<std::string, std::string, std::less<>> meta_;
  std::vector<revocation::Revocation> entries_;  // of the log
  // Index rows and counts of what AddRecord has added.
  std::vector<std::array<std::string, 3>> dropped_rows_, new_rows_;
  std::map<std::string, IndexCount> counted_;  // not sent yet
  std::map<std::string, IndexCount> sent_counts_;
  std::optional<ReadTogether> after_;
  KnownRecords unverified_;  // the recent reads that were used
  bool begun_ = false;
  bool wrote_ = false;  // something was sent already
  // How many statements Commit has sent up to the COMMIT; 0: it has not, or nothing was written.
  size_t committing_ = 0;
  bool refused_ = false;
  std::optional<Failure> failure_;
};

}  // namespace sallyport::store::postgres
