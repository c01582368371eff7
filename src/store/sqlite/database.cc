#include "store/sqlite/database.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>

#include "base/log.h"
#include "store/store.h"

namespace sallyport::store {
namespace {

void ConfigureOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Statistics would take a process-wide mutex in each allocation.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    // A file for undoing a savepoint would need space on a disk that may be full.
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
  });
}

// The error of the last call that failed on the connection's database file, or on its WAL.
// (sqlite3_system_errno may give that of a later call.)
int LastErrno(sqlite3* handle, int which_file) {
  sqlite3_file* file = nullptr;
  int reason = 0;
  if (sqlite3_file_control(handle, "main", which_file, static_cast<void*>(&file)) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return 0;
  }
  file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &reason);
  return reason;
}

// sqlite.org/uri.html
std::string UriOf(const std::string& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

base::Error SqliteError(sqlite3* handle, std::string_view doing) {
  const int code = handle != nullptr ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
  const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  std::string cause = fmt::format(
      "sqlite: {}: {} ({}){}", doing, handle != nullptr ? sqlite3_errmsg(handle) : "out of memory",
      code,
      damaged ? ": the database is damaged; put back a backup of it (sallyport restore)" : "");
  if (handle != nullptr && FoundNoSpace(handle, code)) return DiskFullError(std::move(cause));
  return base::InternalError(std::move(cause));
}

bool FoundNoSpace(sqlite3* handle, int code) {
  if ((code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE) return true;
  // The WAL or its index could not be created, so nothing of them exists.
  if ((code & 0xff) == SQLITE_CANTOPEN || code == SQLITE_IOERR_SHMOPEN) {
    const int reason = sqlite3_system_errno(handle);
    return reason == ENOSPC || reason == EDQUOT;
  }
  // SQLite reports ENOSPC as SQLITE_FULL, but does not know quotas.
  return code == SQLITE_IOERR_WRITE && (LastErrno(handle, SQLITE_FCNTL_FILE_POINTER) == EDQUOT ||
                                        LastErrno(handle, SQLITE_FCNTL_JOURNAL_POINTER) == EDQUOT);
}

void EndProcess(const base::Error& error) {
  base::LogError("the store cannot write to its disk; the process ends", {{"cause", error.cause}});
  _exit(kStorageFailed);
}

void EndIfDiskFailed(const base::Error& error, int code) {
  if ((code & 0xff) == SQLITE_IOERR) EndProcess(error);
}

Statement::Run& Statement::Run::Bytes(std::string_view bytes) {
  // A null pointer would bind NULL.
  sqlite3_bind_blob64(statement_, ++bound_, bytes.data() != nullptr ? bytes.data() : "",
                      bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement::Run& Statement::Run::Integer(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

base::Result<bool> Statement::Run::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
}

base::Status Statement::Run::Finish() {
  auto row = Step();
  if (!row) return std::move(row).error();
  return {};
}

std::string_view Statement::Run::BytesAt(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

base::Result<Database> Database::Open(const std::string& path, bool writes, int cache_kib) {
  return Open(path, 0, writes, cache_kib);
}

base::Result<Database> Database::OpenWith(const std::string& path, std::string_view parameters,
                                          int cache_kib) {
  return Open(UriOf(path).append(parameters), SQLITE_OPEN_URI, false, cache_kib);
}

base::Result<Database> Database::Open(const std::string& name, int flags, bool writes,
                                      int cache_kib) {
  ConfigureOnce();
  Database database;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle,
                                   flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) return SqliteError(handle, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMillis);
  // The values in the file must not be trusted by SQLite.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // secure_delete overwrites deleted data with zeros in pages that are written anyway. synchronous:
  // each commit is an fsync of the WAL. wal_autocheckpoint: never within a commit.
  const std::string pragmas = fmt::format(
      "PRAGMA cache_size=-{}; PRAGMA secure_delete=FAST; "
      "PRAGMA synchronous=FULL; "
      "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA query_only={};",
      cache_kib, writes ? 0 : 1);
  SALLYPORT_TRY(database.Execute(pragmas.c_str()));
  return database;
}

base::Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK) {
    return SqliteError(handle(), sql);
  }
  Statement statement;
  statement.statement_.reset(prepared);
  return statement;
}

base::Status Database::Execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return SqliteError(handle(), sql);
  }
  return {};
}

base::Result<int64_t> Database::QueryInteger(std::string_view sql) {
  SALLYPORT_ASSIGN(Statement statement, Prepare(sql));
  auto run = statement.Begin();
  SALLYPORT_ASSIGN(bool row, run.Step());
  if (!row) return base::InternalError(fmt::format("sqlite: no row: {}", sql));
  return run.IntegerAt(0);
}

}  // namespace sallyport::store
