// What is in a data directory: the lock, the database file, its tables and their version.
//
// clang-format off
//     records     key -> value, and the list of its index rows, so that a Put that leaves the rows
//                 as they are touches no index
//     index_rows  (index, sort, key)
//     log         the RevocationLog; the row of the head is always kept
//     meta        counted_sequence, counted_rows: how many rows `log` had up to a sequence number;
//                 log_id, store_id, past_log_ids, generation: store::Lineage
// clang-format on
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "store/sqlite/database.h"

namespace sallyport::store {

// The version of the format. An older store is converted step by step when it is opened (kSteps in
// schema.cc); a newer one is refused.
inline constexpr int64_t kSchemaVersion = 2;

// A record in a backup which says that a checksum follows the last page (backup_checksum.h). If the
// checksum is missing then, the backup was cut off, or another program has copied it.
inline constexpr std::string_view kChecksumRecord = "meta/feed/backup_checksum";

// Keeps other processes out of the directory for as long as it exists.
class DirectoryLock {
 public:
  // Creates the directory (0700) if it does not exist. If it has no file of a store, it is first
  // noted that a first start follows.
  static base::Result<DirectoryLock> Take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept
      : directory_(std::exchange(other.directory_, -1)), file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  DirectoryLock(int directory, int file) : directory_(directory), file_(file) {}
  // A lock on the directory itself, which nobody can delete while a server runs; and one on the
  // file `lock` in it, which earlier versions check.
  int directory_;
  int file_;
};

std::string DatabasePath(const std::string& directory);

// Makes the names in the directory durable.
base::Status SyncDirectory(const std::string& directory);

// Refuses a database file that is missing or empty although there was a store: SQLite would
// silently begin a new one. `witnessed`: the directory has a witness file.
base::Status CheckNotEmptied(const std::string& directory, bool witnessed);

// Whether a first start is under way. It lasts from before the first file of a store is created
// (DirectoryLock::Take) until EndFirstStart, when the tables and the witness file exist; the file
// `first-start` marks it. At any other time a database without tables is one that was emptied.
bool IsFirstStart(const std::string& directory);
void EndFirstStart(const std::string& directory);

// The path of the database file (0600), which is created if it does not exist.
base::Result<std::string> TouchDatabase(const std::string& directory);

// Creates the tables in a new database. In an existing one checks that this version can serve it,
// and converts an older one: each step is one transaction, and is logged. `may_be_new`: a database
// without any table is a new store, and not an emptied one.
base::Status PrepareSchema(Database& database, const std::string& directory, bool may_be_new);

// The same check for a file outside of the directory. An error where it is not a store in a format
// that this version knows.
base::Status CheckStoreFormat(Database& database, const std::string& path);

// Where `sallyport restore` assembles a database before it replaces the store's.
std::string ReplacementPath(const std::string& directory);

// An error for the administrator.
base::Error Unusable(std::string message, std::string cause = {});

}  // namespace sallyport::store
