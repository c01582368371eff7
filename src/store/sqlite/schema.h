// What a data directory holds: the lock, the database file, its tables and their version.
//
//   records     key -> value, and the list of its index rows, so that a Put that leaves them as
//               they are touches no index
//   index_rows  (index, sort, key)
//   log         the RevocationLog; the row of the head is always kept
//   meta        counted_sequence, counted_rows: how many rows `log` had up to a sequence number;
//               log_id, store_id, past_log_ids, generation: store::Lineage
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "store/sqlite/database.h"

namespace sallyport::store {

// A store of an older version is brought here step by step when it is opened (kSteps in schema.cc);
// one of a newer version is refused.
inline constexpr int64_t kSchemaVersion = 2;

// In a backup: that a checksum follows its last page (backup_checksum.h). A backup without one was
// cut off, or is another program's copy of it.
inline constexpr std::string_view kChecksumRecord = "meta/feed/backup_checksum";

// Keeps others out of the directory until it goes.
class DirectoryLock {
 public:
  // Makes the directory (0700) where absent. Where nothing in it is a store's, it is noted first
  // that what follows is a first start.
  static base::Result<DirectoryLock> Take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept
      : directory_(std::exchange(other.directory_, -1)), file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  DirectoryLock(int directory, int file) : directory_(directory), file_(file) {}
  // Of the directory itself, which nobody can delete beside a server; and of the file `lock` in it,
  // which is what earlier versions look at.
  int directory_;
  int file_;
};

std::string DatabasePath(const std::string& directory);

// Makes durable which names the directory holds.
base::Status SyncDirectory(const std::string& directory);

// Refuses a database file that is missing or empty where a store was: what SQLite would find there
// is a new one. `witnessed`: the directory has a witness file.
base::Status CheckNotEmptied(const std::string& directory, bool witnessed);

// From before the first file of a store is made (DirectoryLock::Take) until EndFirstStart, which
// comes when the tables and the witness file are there: the file `first-start`. Without it a
// database without tables was emptied.
bool IsFirstStart(const std::string& directory);
void EndFirstStart(const std::string& directory);

// Path of the database file (0600), made where absent.
base::Result<std::string> TouchDatabase(const std::string& directory);

// Makes the tables in a new database, or checks that it is one that this version can serve, and
// takes an older one through the steps to this version: each is one transaction, and is logged.
// `may_be_new`: a database without any table is a new store, and no emptied one.
base::Status PrepareSchema(Database& database, const std::string& directory, bool may_be_new);

// The same check of a file that need not be the directory's: an error where it is no store of a
// format that this version knows.
base::Status CheckStoreFormat(Database& database, const std::string& path);

// Where `sallyport restore` puts a database together before it takes the place of the store's.
std::string ReplacementPath(const std::string& directory);

// The error for the administrator.
base::Error Unusable(std::string message, std::string cause = {});

}  // namespace sallyport::store
