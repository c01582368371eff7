#include "store/sqlite/scrub.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "store/sqlite/database.h"
#include "store/store.h"

namespace sallyport::store {
namespace {

constexpr int kScrubCacheKib = 16 * 1024;
// What the frames of the WAL and the file system need in addition to the copies.
constexpr int64_t kBytesPerMib = 1024 * 1024;
constexpr int64_t kSpareBytes = 16 * kBytesPerMib;

// VACUUM writes its copy of the database to the data directory: space was measured there, and the
// copy is as secret as the database. SQLite removes the file's name as soon as it is open. The
// environment variable applies to the whole process; nothing else here makes temporary files.
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

// The error that has just occurred on this connection.
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

// VACUUM writes the used part of the database twice before it is copied back: to a temporary file,
// and to the WAL.
base::Status CheckSpace(Database& database, const std::string& directory) {
  SALLYPORT_ASSIGN(const int64_t pages, database.QueryInteger("PRAGMA page_count"));
  SALLYPORT_ASSIGN(const int64_t unused, database.QueryInteger("PRAGMA freelist_count"));
  SALLYPORT_ASSIGN(const int64_t page_bytes, database.QueryInteger("PRAGMA page_size"));
  const int64_t needed = 2 * (pages - unused) * page_bytes + kSpareBytes;
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) return {};
  const auto available = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (available >= needed) return {};
  return NotNow(fmt::format("{}: {} MiB of free disk space are needed, but only {} MiB are free",
                            directory, (needed + kBytesPerMib - 1) / kBytesPerMib,
                            available / kBytesPerMib));
}

}  // namespace

base::Status ScrubDatabase(const std::string& path) {
  const std::string directory = std::filesystem::absolute(path).parent_path().string();
  SALLYPORT_ASSIGN(Database database, Database::Open(path, true, kScrubCacheKib));
  // Done first, because it needs no space: the WAL may contain old pages long after they were
  // replaced.
  SALLYPORT_TRY(EmptyWal(database));
  SALLYPORT_TRY(CheckSpace(database, directory));
  const TemporaryFilesIn temporary(directory);
  SALLYPORT_TRY(database.Execute("PRAGMA temp_store=FILE"));
  const bool rewritten = database.Execute("VACUUM").ok();
  const base::Error failure = rewritten ? base::Error{} : Failure(database, "VACUUM");
  // Also done after a failure, so that the WAL gives back the space.
  SALLYPORT_TRY(EmptyWal(database));
  return rewritten ? base::Status() : base::Status(failure);
}

}  // namespace sallyport::store
