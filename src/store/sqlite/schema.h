// What a data directory holds: the lock, the database file, its tables and their version.
//
//   records     key -> value, and the list of its index rows, so that a Put that leaves them as
//               they are touches no index
//   index_rows  (index, sort, key)
//   log         the RevocationLog; the row of the head is always kept
//   meta        log_id; counted: how many rows `log` had up to a sequence number
#pragma once

#include <string>

#include "base/result.h"
#include "store/sqlite/database.h"

namespace sallyport::store {

inline constexpr int64_t kSchemaVersion = 1;

// Holds the directory's lock file until it goes.
class DirectoryLock {
 public:
  // Makes the directory (0700) where absent.
  static base::Result<DirectoryLock> Take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

// Path of the database file (0600), made where absent.
base::Result<std::string> TouchDatabase(const std::string& directory);

// Makes the tables in a new database, or checks that it is one that this version can serve.
base::Status PrepareSchema(Database& database, const std::string& path);

// The error for the administrator.
base::Error Unusable(std::string message, std::string cause = {});

}  // namespace sallyport::store
