#include "store/sqlite/scrub.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "store/sqlite/database.h"
#include "store/store.h"

namespace sallyport::store {
namespace {

constexpr int kScrubCacheKib = 16 * 1024;
// Beside the copies: what the WAL's frames and the file system need on top.
constexpr int64_t kBytesPerMib = 1024 * 1024;
constexpr int64_t kSpareBytes = 16 * kBytesPerMib;

// VACUUM's copy of the database goes into the data directory: its space was measured, and the copy
// is no less secret than the database. SQLite removes the file's name as soon as it is open. The
// variable is the process's; nothing else here makes temporary files.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const std::string& directory) {
    sqlite3_temp_directory = sqlite3_mprintf("%s", directory.c_str());
  }
  ~TemporaryFilesIn() {
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = nullptr;
  }
  TemporaryFilesIn(const TemporaryFilesIn&) = delete;
  TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;
};

base::Error NotNow(std::string why) {
  return {std::string(kScrubLater), std::move(why), {}};
}

// The error of what just failed on this connection.
base::Error Failure(Database& database, std::string_view doing) {
  const int code = sqlite3_errcode(database.handle()) & 0xff;
  base::Error error = SqliteError(database.handle(), doing);
  if (code == SQLITE_FULL || code == SQLITE_BUSY) return NotNow(error.cause);
  return error;
}

base::Status EmptyWal(Database& database) {
  if (sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                nullptr) != SQLITE_OK) {
    return Failure(database, "checkpoint");
  }
  return {};
}

// VACUUM writes what is in use twice before it is copied into the database: into a temporary file,
// and into the WAL.
base::Status CheckSpace(Database& database, const std::string& directory) {
  SALLYPORT_ASSIGN(const int64_t pages, database.QueryInteger("PRAGMA page_count"));
  SALLYPORT_ASSIGN(const int64_t unused, database.QueryInteger("PRAGMA freelist_count"));
  SALLYPORT_ASSIGN(const int64_t page_bytes, database.QueryInteger("PRAGMA page_size"));
  const int64_t needed = 2 * (pages - unused) * page_bytes + kSpareBytes;
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) return {};
  const auto available = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (available >= needed) return {};
  return NotNow(fmt::format("{}: {} MiB of free disk space are needed, {} MiB are there", directory,
                            (needed + kBytesPerMib - 1) / kBytesPerMib, available / kBytesPerMib));
}

}  // namespace

base::Status ScrubDatabase(const std::string& path) {
  const std::string directory = std::filesystem::absolute(path).parent_path().string();
  SALLYPORT_ASSIGN(Database database, Database::Open(path, true, kScrubCacheKib));
  // First, because it needs no room: the WAL may hold old pages long after they were replaced.
  SALLYPORT_TRY(EmptyWal(database));
  SALLYPORT_TRY(CheckSpace(database, directory));
  const TemporaryFilesIn temporary(directory);
  SALLYPORT_TRY(database.Execute("PRAGMA temp_store=FILE"));
  const bool rewritten = database.Execute("VACUUM").ok();
  const base::Error failure = rewritten ? base::Error{} : Failure(database, "VACUUM");
  // Also after a failure: the WAL gives back what it took.
  SALLYPORT_TRY(EmptyWal(database));
  return rewritten ? base::Status() : base::Status(failure);
}

}  // namespace sallyport::store
