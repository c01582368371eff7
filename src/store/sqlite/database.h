// One SQLite connection with its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {

// How long to wait for a lock. Connections of this process hold locks for microseconds, so only
// another process (a backup, sqlite3's shell) can make anybody wait this long.
inline constexpr int kBusyMillis = 5000;

// Prepared once, run many times.
class Statement {
 public:
  Statement() = default;

  // One run: bind values in order, step, read columns. The destructor resets the statement, so that
  // no read transaction outlives the run.
  class Run {
   public:
    explicit Run(sqlite3_stmt* statement) : statement_(statement) {}
    ~Run() {
      sqlite3_reset(statement_);
      sqlite3_clear_bindings(statement_);
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    // The bytes must live as long as the run.
    Run& Bytes(std::string_view bytes);
    Run& Integer(int64_t value);

    // True: a row is there. False: done.
    base::Result<bool> Step();
    // Runs a statement that gives no rows.
    base::Status Finish();

    std::string_view BytesAt(int column) const;
    int64_t IntegerAt(int column) const { return sqlite3_column_int64(statement_, column); }

   private:
    sqlite3_stmt* statement_;
    int bound_ = 0;
  };

  Run Begin() const { return Run(statement_.get()); }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens the file, which must exist. `cache_kib` limits this connection's page cache.
  static base::Result<Database> Open(const std::string& path, bool writes, int cache_kib);
  // Opens it for reading only, with the parameters of a URI (sqlite.org/uri.html): "?mode=ro".
  static base::Result<Database> OpenWith(const std::string& path, std::string_view parameters,
                                         int cache_kib);

  base::Result<Statement> Prepare(std::string_view sql);
  base::Status Execute(const char* sql);
  // The first column of the first row.
  base::Result<int64_t> QueryInteger(std::string_view sql);

  sqlite3* handle() const { return handle_.get(); }

 private:
  static base::Result<Database> Open(const std::string& name, int flags, bool writes,
                                     int cache_kib);

  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// The last error of this connection: DiskFullError where SQLite found no space, otherwise
// base::InternalError.
base::Error SqliteError(sqlite3* handle, std::string_view doing);

// Whether the call that has just given this extended result code found no space. Nothing that was
// written is lost then: the data was refused before the kernel took it.
bool FoundNoSpace(sqlite3* handle, int code);
inline constexpr int kStorageFailed = 74;  // the exit status: EX_IOERR of sysexits.h
// Ends the process. After a failed write or fsync the kernel may have dropped the pages and
// forgotten the error; nobody knows what is on the disk until the store is opened again.
[[noreturn]] void EndProcess(const base::Error& error);
// Ends the process where `code` says that the disk failed. Not to be used for a call that just
// found no space.
void EndIfDiskFailed(const base::Error& error, int code);

}  // namespace sallyport::store
