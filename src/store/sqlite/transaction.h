// SqliteTx: writes on the one connection that writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/kind_states.h"
#include "store/sqlite/queries.h"
#include "store/store.h"

namespace sallyport::store {

// Used for one batch of changes after another, by the writer's thread only.
class SqliteTx final : public LogTx {
 public:
  static base::Result<SqliteTx> Prepare(Database& database);

  base::Result<std::optional<std::string>> Get(std::string_view key) override;
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override;
  base::Result<IndexCount> CountOf(std::string_view index) override;
  // Nobody else commits meanwhile.
  uint64_t StateOf(std::string_view key) override {
    return kind_states_ == nullptr || (changed_ & KindOf(key)) != 0 ? 0 : kind_states_->Of(key);
  }
  base::Status Put(std::string_view key, std::string_view value,
                   const std::vector<IndexRow>& rows) override;
  base::Result<bool> Exchange(std::string_view key, std::string_view before,
                              std::string_view after) override;
  base::Status Delete(std::string_view key) override;
  base::Status Append(revocation::Revocation revocation) override;

  // Store::EmptyLog, and Store::AdoptEntries of one.
  base::Status EmptyLog();
  base::Status Adopt(const revocation::LogEntry& entry);

  base::Status SetMeta(std::string_view name, std::string_view bytes);
  base::Status SetMeta(std::string_view name, int64_t number);
  // Stores how many rows the log had up to the head, so that opening the store need not count all
  // of them.
  base::Status SetCounted();
  // Deletes at most `limit` entries before the head that expired before `now_seconds`.
  base::Result<uint64_t> DeleteExpired(int64_t now_seconds, size_t limit);

  // The state of the log, as this transaction sees it.
  struct LogState {
    revocation::LogPosition head;
    uint64_t rows = 0;
  };
  const LogState& log() const { return log_; }
  // Goes back to the state before a change, or a batch, that is rolled back.
  void RestoreLog(const LogState& state);
  // The entries that were appended, and not rolled back, since the last call.
  std::vector<revocation::LogEntry> TakeAppended() { return std::exchange(appended_, {}); }

  // The first statement that failed: nothing of the batch can be kept.
  struct Failure {
    base::Error error;
    int code = 0;  // SQLite's extended result code
    bool no_space = false;
  };
  const std::optional<Failure>& failure() const { return failure_; }

  // False: the change that runs next may only read; a write gives DiskFullError.
  void SetWritable(bool writable) {
    writable_ = writable;
    refused_ = false;
  }
  // Whether a write was refused.
  bool refused() const { return refused_; }
  void ClearFailure() { failure_.reset(); }

  // It must outlive the object.
  void SetKindStates(const KindStates& states) { kind_states_ = &states; }
  // The kinds of the records that were changed since ForgetChanged, rolled back or not.
  Kinds changed() const { return changed_; }
  void ForgetChanged() { changed_ = 0; }

 private:
  SqliteTx(sqlite3* handle, Queries queries) : handle_(handle), queries_(std::move(queries)) {}
  // Passes the result on, and remembers a failure.
  template <typename T>
  base::Result<T> Note(base::Result<T> result) {
    if (!result && !failure_) {
      const int code = sqlite3_extended_errcode(handle_);
      failure_ = {result.error(), code, FoundNoSpace(handle_, code)};
    }
    return result;
  }
  base::Status CheckWritable();
  base::Status Replace(std::string_view key, std::string_view value,
                       const std::vector<IndexRow>& rows);
  base::Status Remove(std::string_view key);
  base::Status Insert(const revocation::LogPosition& position,
                      const revocation::Revocation& revocation);
  // What is stored of a record beside its value; nullopt: there is no such record.
  struct Stored {
    std::string rows;  // the list of its index rows
    int64_t value_bytes = 0;
  };
  base::Result<std::optional<Stored>> StoredOf(std::string_view key);
  base::Status DeleteRows(std::string_view key, std::string_view stored);
  // Adds to the counts of those indexes in `rows` (a list as it is stored) that are counted.
  base::Status Count(std::string_view rows, int64_t records, int64_t bytes);

  sqlite3* handle_;
  Queries queries_;
  Statement put_, exchange_, rows_of_, delete_, put_row_, delete_row_, append_, set_meta_,
      set_counts_, add_to_meta_, expire_, empty_log_;
  LogState log_;
  std::vector<revocation::LogEntry> appended_;
  std::optional<Failure> failure_;
  const KindStates* kind_states_ = nullptr;
  Kinds changed_ = 0;
  bool writable_ = true;
  bool refused_ = false;
};

}  // namespace sallyport::store
