// All reads, as prepared statements on one connection. Readers and the writer use the same ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/log_bytes.h"
#include "store/sqlite/database.h"
#include "store/store.h"

namespace sallyport::store {

class Queries {
 public:
  static base::Result<Queries> Prepare(Database& database);

  base::Result<std::optional<std::string>> Get(std::string_view key);
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after, size_t limit);
  base::Result<IndexCount> CountOf(std::string_view index);
  base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit);
  base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence);
  // Store::ReadRecords. `database` is the one that they were prepared on.
  static base::Result<std::vector<StoredRecord>> ReadRecords(
      Database& database, const std::optional<std::string>& after, size_t limit);

 private:
  base::Result<int64_t> MetaInteger(const std::string& name);

  Statement get_, list_, list_bounded_, read_log_, hash_at_, meta_;
};

// One text off the front of a list of index rows, as records.rows has it; nullopt where it is too
// short.
std::optional<std::string_view> TakeText(std::string_view& bytes);

// The names under which `meta` has the count of a counted index.
std::string CountedRecords(std::string_view index);
std::string CountedBytes(std::string_view index);

// A connection that only reads.
struct ReadConnection {
  static base::Result<ReadConnection> Open(const std::string& path);
  // Begins several reads of one state. The first read determines the state.
  base::Status Begin() const { return begin.Begin().Finish(); }
  void End();

  // Declared first, so that the statements are destroyed before it.
  Database database;
  Queries queries;
  Statement begin, end;
};

// The hash in a column. An error where its size is wrong.
base::Result<revocation::LogHash> HashFromBytes(std::string_view bytes);

}  // namespace sallyport::store
