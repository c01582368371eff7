#include "store/sqlite/store_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "store/sqlite/backup_checksum.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/wal_file.h"

namespace sallyport::store {
namespace {

constexpr int kCopyCacheKib = 2048;

base::Error SystemError(std::string_view doing, const std::string& path) {
  return Unusable(fmt::format("{} {}: {}", doing, path, std::strerror(errno)));
}

bool HasFile(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::string DirectoryOf(const std::string& path) {
  return std::filesystem::absolute(path).parent_path().string();
}

// Creates a file that nobody else can read before it is complete.
base::Status MakeEmpty(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return SystemError("cannot make", path);
  ::close(fd);
  return {};
}

base::Status Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const base::Error error = SystemError("cannot write", path);
  if (fd >= 0) ::close(fd);
  if (!synced) return error;
  return {};
}

base::Status CopyPages(Database& from, Database& to) {
  sqlite3_backup* const backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return SqliteError(to.handle(), "backup");
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE || finished != SQLITE_OK) return SqliteError(to.handle(), "backup");
  return {};
}

base::Status Mark(Database& copy, std::string_view reason) {
  SALLYPORT_ASSIGN(
      Statement insert,
      copy.Prepare("INSERT OR IGNORE INTO records(key, rows, value) VALUES(?, x'', ?)"));
  auto run = insert.Begin();
  run.Bytes(kRestoredRecord).Bytes(reason);
  return run.Finish();
}

// Says in the copy that is written, and in no other, whether a checksum follows.
base::Status SayWhetherChecksum(Database& copy, bool with_checksum) {
  SALLYPORT_ASSIGN(Statement change,
                   copy.Prepare(with_checksum ? "INSERT OR REPLACE INTO records(key, rows, value) "
                                                "VALUES(?, x'', CAST('sha256' AS BLOB))"
                                              : "DELETE FROM records WHERE key=?"));
  auto run = change.Begin();
  run.Bytes(kChecksumRecord);
  return run.Finish();
}

// `pragma`: quick_check, or integrity_check, which also compares the indexes with the tables.
base::Status CheckPages(Database& database, std::string_view pragma) {
  SALLYPORT_ASSIGN(Statement check, database.Prepare(fmt::format("PRAGMA {}(1)", pragma)));
  auto run = check.Begin();
  SALLYPORT_ASSIGN(const bool row, run.Step());
  if (!row || run.BytesAt(0) != "ok") {
    return base::InternalError(fmt::format("{}: {}", pragma, row ? run.BytesAt(0) : "no answer"));
  }
  return {};
}

base::Status FillCopy(Database& from, const std::string& path, std::string_view reason,
                      bool with_checksum) {
  {
    SALLYPORT_ASSIGN(Database copy, Database::Open(path, true, kCopyCacheKib));
    SALLYPORT_TRY(CopyPages(from, copy));
    // A single file, which can be carried and read anywhere.
    SALLYPORT_TRY(copy.Execute("PRAGMA journal_mode=DELETE"));
    SALLYPORT_TRY(Mark(copy, reason));
    SALLYPORT_TRY(SayWhetherChecksum(copy, with_checksum));
    SALLYPORT_TRY(CheckPages(copy, "quick_check"));
  }
  return with_checksum ? AppendChecksum(path) : base::Status();
}

}  // namespace

base::Error StoreFile::Problem(std::string_view what, const base::Error& error) const {
  return Unusable(fmt::format("{}: {}", path_, what), error.cause);
}

base::Result<StoreFile> StoreFile::OpenIn(const std::string& directory) {
  const std::string path = DatabasePath(directory);
  if (!HasFile(path)) return Unusable(fmt::format("{}: no store was found there", path));
  return OpenAt(path, "?mode=rw");
}

base::Result<StoreFile> StoreFile::Open(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return SystemError("cannot open", path);
  if (!S_ISREG(status.st_mode)) return Unusable(path + ": is not a regular file");
  // Checked first, so that nothing is said about a file that may have been changed.
  SALLYPORT_ASSIGN(const Checksum checksum, CheckChecksum(path));
  if (checksum == Checksum::kWrong) {
    return Unusable(path + ": the backup is damaged: its checksum does not match; use another one");
  }
  // Without a WAL beside it nobody writes to it, so it can be read even where nothing can be
  // written.
  SALLYPORT_ASSIGN(StoreFile file,
                   OpenAt(path, WalExists(path) ? "?mode=rw" : "?mode=ro&immutable=1"));
  file.has_checksum_ = checksum == Checksum::kRight;
  return file;
}

base::Result<StoreFile> StoreFile::OpenAt(const std::string& path, std::string_view parameters) {
  const auto unreadable = [&](const base::Error& error) {
    return Unusable(fmt::format("{}: not a store, or damaged, or unreadable", path), error.cause);
  };
  auto database = Database::OpenWith(path, parameters, kCopyCacheKib);
  if (!database) return unreadable(database.error());
  // The last connection would copy the WAL into the database, which only the server should do.
  sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Everything is read from one state.
  if (auto begun = database->Execute("BEGIN"); !begun) return unreadable(begun.error());
  if (auto checked = CheckStoreFormat(*database, path); !checked) return std::move(checked).error();
  auto queries = Queries::Prepare(*database);
  if (!queries) return unreadable(queries.error());
  StoreFile file(std::move(*database), std::move(*queries), path);
  // Format 1 has no other identity (schema.cc).
  SALLYPORT_ASSIGN(Statement select,
                   file.database_.Prepare("SELECT value FROM meta WHERE name IN ('store_id', "
                                          "'log_id') ORDER BY name DESC LIMIT 1"));
  auto run = select.Begin();
  auto row = run.Step();
  if (!row) return unreadable(row.error());
  const std::string_view bytes = *row ? run.BytesAt(0) : std::string_view();
  if (bytes.size() != file.store_id_.size()) return Unusable(path + ": has no identity");
  std::copy(bytes.begin(), bytes.end(), file.store_id_.begin());
  return file;
}

base::Result<std::optional<std::string>> StoreFile::Get(std::string_view key) {
  auto value = queries_.Get(key);
  if (!value) return Problem("cannot be read", value.error());
  return value;
}

base::Status StoreFile::CheckWhole(bool any_copy) {
  const bool has_wal = WalExists(path_);
  if (has_checksum_ && !has_wal) return {};
  SALLYPORT_ASSIGN(const auto says_checksum, Get(kChecksumRecord));
  if (says_checksum && !any_copy) {
    return Unusable(
        fmt::format("{}: the backup is damaged: the checksum at its end is missing{}. It was cut "
                    "off, or something was appended or written to it; use another one. (If it is a "
                    "copy of a backup that sqlite3 made, which has none: --unmarked)",
                    path_, has_wal ? " alone, but a -wal beside it" : ""));
  }
  const auto damaged = [&](const base::Error& error) {
    return Problem("the copy is damaged; use another one", error);
  };
  const auto pages = database_.QueryInteger("PRAGMA page_count");
  if (!pages) return damaged(pages.error());
  const auto page_bytes = database_.QueryInteger("PRAGMA page_size");
  if (!page_bytes) return damaged(page_bytes.error());
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return SystemError("cannot read", path_);
  // With a WAL, the size of the file may differ.
  if (!has_wal && !has_checksum_ && status.st_size != *pages * *page_bytes) {
    return Unusable(
        fmt::format("{}: is {} bytes long and must be {}: it was cut off, or something "
                    "was appended to it; use another one",
                    path_, status.st_size, *pages * *page_bytes));
  }
  if (const auto checked = CheckPages(database_, "integrity_check"); !checked) {
    return damaged(checked.error());
  }
  return {};
}

base::Status StoreFile::CopyTo(const std::string& path, std::string_view reason) {
  return Copy(path, reason, false);
}

base::Status StoreFile::BackUpTo(const std::string& path, std::string_view reason) {
  return Copy(path, reason, true);
}

base::Status StoreFile::Copy(const std::string& path, std::string_view reason, bool with_checksum) {
  SALLYPORT_TRY(MakeEmpty(path));
  if (auto filled = FillCopy(database_, path, reason, with_checksum); !filled) {
    for (const char* part : {"", "-journal", "-wal", "-shm"}) ::unlink((path + part).c_str());
    const base::Error& error = filled.error();
    if (error.cause.empty()) return std::move(filled).error();
    return Problem(fmt::format("cannot be copied to {}", path), error);
  }
  return Sync(path);
}

base::Status MoveToNewName(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    // For file systems that cannot do this in one step.
    if (errno != EINVAL || ::link(from.c_str(), to.c_str()) != 0) {
      return SystemError("cannot make", to);
    }
    ::unlink(from.c_str());
  }
  return SyncDirectory(DirectoryOf(to));
}

base::Status ReplaceDatabase(const std::string& directory, const std::string& replacement,
                             const std::string& suffix) {
  const std::string path = DatabasePath(directory);
  const auto unlink_here = [](const std::string& file) -> base::Status {
    if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
    return SystemError("cannot remove", file);
  };
  // If a WAL were beside another database, it would be applied to that. Therefore both names are
  // removed before the new database gets its name. Without a database no server starts
  // (CheckNotEmptied).
  for (const char* part : {"", "-wal"}) {
    const std::string from = path + part;
    const std::string to = path + suffix + part;
    if (HasFile(from) && ::link(from.c_str(), to.c_str()) != 0) {
      return SystemError("cannot keep the old database as", to);
    }
  }
  SALLYPORT_TRY(SyncDirectory(directory));
  SALLYPORT_TRY(unlink_here(path));
  SALLYPORT_TRY(SyncDirectory(directory));
  SALLYPORT_TRY(unlink_here(WalPath(path)));
  SALLYPORT_TRY(unlink_here(path + "-shm"));
  SALLYPORT_TRY(SyncDirectory(directory));
  SALLYPORT_TRY(MoveToNewName(replacement, path));
  EndFirstStart(directory);
  return {};
}

}  // namespace sallyport::store
