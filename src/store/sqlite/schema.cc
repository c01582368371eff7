#include "store/sqlite/schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "store/embedded.h"
#include "store/sqlite/wal_file.h"
#include "store/store.h"

namespace sallyport::store {
namespace {

// "SLYP" in the file's header (sqlite.org/fileformat2.html, section 1.3.13).
constexpr int64_t kApplicationId = 0x534c5950;

// From here on the id of the present log is the identity of the store, so that a copy of version 1
// that is upgraded separately gets the same one. Generation 0: no witness file was written yet.
base::Status AddLineage(Database& database) {
  return database.Execute(
      "INSERT INTO meta SELECT 'store_id', value FROM meta WHERE name='log_id'; "
      "INSERT INTO meta VALUES('past_log_ids', x''), ('generation', 0);");
}

struct Step {
  int64_t to;         // the version after the step
  const char* words;  // what the step does, for the log
  base::Status (*run)(Database&);
};

// What a version adds to tables and meta rows. It runs within a transaction that also raises the
// version. Changes that need a key, or that mean something only to a higher layer, are made by that
// layer at the start, and noted in a record of its own.
constexpr std::array kSteps = {
    Step{2, "the store gets an identity, and records the ids that its log has had", AddLineage},
};
static_assert(kSteps.back().to == kSchemaVersion);

base::Status SetVersion(Database& database, int64_t version) {
  return database.Execute(fmt::format("PRAGMA user_version={}", version).c_str());
}

// If this fails, the open transaction ends with the connection.
base::Status CreateTables(Database& database) {
  SALLYPORT_TRY(database.Execute("BEGIN IMMEDIATE"));
  SALLYPORT_TRY(database.Execute(embedded::kTablesSql));
  std::array<uint8_t, 16> log_id{};
  base::RandomBytes(log_id);
  {
    SALLYPORT_ASSIGN(Statement insert, database.Prepare("INSERT INTO meta VALUES('log_id', ?)"));
    auto run = insert.Begin();
    run.Bytes({reinterpret_cast<const char*>(log_id.data()), log_id.size()});
    SALLYPORT_TRY(run.Finish());
  }
  SALLYPORT_TRY(database.Execute(fmt::format("PRAGMA application_id={}", kApplicationId).c_str()));
  for (const Step& step : kSteps) SALLYPORT_TRY(step.run(database));
  SALLYPORT_TRY(SetVersion(database, kSchemaVersion));
  return database.Execute("COMMIT");
}

base::Status Upgrade(Database& database, int64_t version, const std::string& path) {
  for (const Step& step : kSteps) {
    if (step.to <= version) continue;
    SALLYPORT_TRY(database.Execute("BEGIN IMMEDIATE"));
    SALLYPORT_TRY(step.run(database));
    SALLYPORT_TRY(SetVersion(database, step.to));
    SALLYPORT_TRY(database.Execute("COMMIT"));
    base::LogInfo("the store is upgraded",
                  {{"store", path}, {"to_format", step.to}, {"what", step.words}});
  }
  return {};
}

}  // namespace

base::Error Unusable(std::string message, std::string cause) {
  return {base::code::kStoreUnusable, std::move(message), std::move(cause)};
}

namespace {

// Files that a server creates in its directory. Files that an administrator may put there before
// the first start are not among them (a key file, credentials, certificates).
constexpr std::array kStoreFiles = {"sallyport.db",
                                    "sallyport.db-wal",
                                    "sallyport.db-shm",
                                    "sallyport.db-journal",
                                    "lineage",
                                    "reserve",
                                    "lock"};

bool Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

std::string FirstStartPath(const std::string& directory) {
  return directory + "/first-start";
}

bool HoldsStoreFiles(const std::string& directory) {
  return std::any_of(kStoreFiles.begin(), kStoreFiles.end(),
                     [&](const char* name) { return Exists(directory + "/" + name); });
}

base::Error Emptied(const std::string& directory) {
  std::string there;
  for (const char* name : kStoreFiles) {
    if (Exists(directory + "/" + name)) there += there.empty() ? name : fmt::format(", {}", name);
  }
  return Unusable(fmt::format(
      "{}: the database is missing or empty, but there was a store in this directory. Put the "
      "database back, or a backup of it (sallyport restore). Only if you want to lose that store "
      "for good and begin with an empty one, also remove these files: {}",
      DatabasePath(directory), there));
}

// Why the lock could not be taken.
base::Error InUse(const std::string& directory) {
  const std::string reason =
      errno == EWOULDBLOCK ? "another server is using it" : std::strerror(errno);
  return Unusable(fmt::format("data directory {}: {}", directory, reason));
}

// Must be called before any of kStoreFiles exists. Otherwise the files of a first start that was
// killed would look like the remains of a store.
base::Status NoteFirstStart(const std::string& directory) {
  if (HoldsStoreFiles(directory)) return {};
  const std::string path = FirstStartPath(directory);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
  close(fd);
  return SyncDirectory(directory);
}

}  // namespace

base::Result<DirectoryLock> DirectoryLock::Take(const std::string& directory) {
  std::error_code failed;
  const std::filesystem::path parent = std::filesystem::absolute(directory).parent_path();
  std::filesystem::create_directories(parent, failed);
  if (mkdir(directory.c_str(), 0700) == 0) {
    SALLYPORT_TRY(SyncDirectory(parent.string()));
  } else if (errno != EEXIST) {
    return Unusable(
        fmt::format("data directory {}: cannot be made: {}", directory, std::strerror(errno)));
  }
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return Unusable(fmt::format("data directory {}: is not a directory", directory));
  }
  // Whoever may write here may replace the database, and with it the signing keys.
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Unusable(
        fmt::format("data directory {}: other users may write to it (chmod 700)", directory));
  }
  const std::string path = directory + "/lock";
  DirectoryLock lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1);
  if (lock.directory_ < 0) {
    return Unusable(fmt::format("data directory {}: {}", directory, std::strerror(errno)));
  }
  if (flock(lock.directory_, LOCK_EX | LOCK_NB) != 0) return InUse(directory);
  SALLYPORT_TRY(NoteFirstStart(directory));
  lock.file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock.file_ < 0) return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
  if (flock(lock.file_, LOCK_EX | LOCK_NB) != 0) return InUse(directory);
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (directory_ >= 0) close(directory_);
  if (file_ >= 0) close(file_);
}

base::Status SyncDirectory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return Unusable(fmt::format("data directory {}: {}", directory, std::strerror(errno)));
  const bool synced = fsync(fd) == 0;
  close(fd);
  if (!synced)
    return Unusable(fmt::format("data directory {}: {}", directory, std::strerror(errno)));
  return {};
}

std::string DatabasePath(const std::string& directory) {
  return directory + "/sallyport.db";
}

base::Status CheckNotEmptied(const std::string& directory, bool witnessed) {
  const std::string path = DatabasePath(directory);
  const auto size_of = [](const std::string& file) -> off_t {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_size : 0;
  };
  if (size_of(path) > 0) return {};
  // Both are created after the tables. SQLite would delete a WAL beside an empty database.
  if (witnessed || size_of(WalPath(path)) > 0) return Emptied(directory);
  if (access(ReplacementPath(directory).c_str(), F_OK) == 0) {
    return Unusable(
        fmt::format("{}: a restore was interrupted; run sallyport restore again", path));
  }
  return IsFirstStart(directory) ? base::Status() : Emptied(directory);
}

bool IsFirstStart(const std::string& directory) {
  return Exists(FirstStartPath(directory));
}

void EndFirstStart(const std::string& directory) {
  unlink(FirstStartPath(directory).c_str());
}

base::Result<std::string> TouchDatabase(const std::string& directory) {
  std::string path = DatabasePath(directory);
  // SQLite gives the WAL and its index the permissions of the database.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Unusable(fmt::format("{}: {}", path, std::strerror(errno)));
  struct stat status {};
  if (fstat(fd, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    base::LogWarning("other users could write to the database: now only its owner can (0600)",
                     {{"path", path}});
  }
  const bool tightened = fchmod(fd, 0600) == 0;
  std::string reason = std::strerror(errno);
  close(fd);
  if (!tightened) return Unusable(fmt::format("{}: {}", path, reason));
  SALLYPORT_TRY(SyncDirectory(directory));
  return path;
}

std::string ReplacementPath(const std::string& directory) {
  return DatabasePath(directory) + ".restoring";
}

namespace {

// If there was only not enough space, nothing is damaged, and the caller tries again with more
// space.
base::Error Damaged(const std::string& path, const base::Error& error) {
  if (IsDiskFull(error)) return error;
  return Unusable(fmt::format("{}: the database is damaged, foreign or unreadable", path),
                  error.cause);
}

// 0: a database without any table.
base::Result<int64_t> FormatOf(Database& database, const std::string& path) {
  const auto application = database.QueryInteger("PRAGMA application_id");
  const auto version = database.QueryInteger("PRAGMA user_version");
  const auto tables = database.QueryInteger("SELECT count(*) FROM sqlite_schema");
  if (!application) return Damaged(path, application.error());
  if (!version) return Damaged(path, version.error());
  if (!tables) return Damaged(path, tables.error());
  if (*application == 0 && *version == 0 && *tables == 0) return int64_t{0};
  if (*application != kApplicationId) {
    return Unusable(fmt::format("{}: the database does not belong to Sallyport", path));
  }
  if (*version > kSchemaVersion) {
    return Unusable(
        fmt::format("{}: the database was written by a newer Sallyport (format {}, "
                    "this one knows {})",
                    path, *version, kSchemaVersion));
  }
  if (*version < 1) {
    return Unusable(fmt::format("{}: the database's format is not known ({})", path, *version));
  }
  return *version;
}

}  // namespace

base::Status CheckStoreFormat(Database& database, const std::string& path) {
  SALLYPORT_ASSIGN(const int64_t format, FormatOf(database, path));
  if (format == 0) return Unusable(fmt::format("{}: the database is empty", path));
  return {};
}

base::Status PrepareSchema(Database& database, const std::string& directory, bool may_be_new) {
  const std::string path = DatabasePath(directory);
  SALLYPORT_ASSIGN(const int64_t format, FormatOf(database, path));
  const bool blank = format == 0;
  if (blank && !may_be_new) return Emptied(directory);
  if (auto wal = database.Execute("PRAGMA journal_mode=WAL"); !wal) {
    return Damaged(path, wal.error());
  }
  if (blank) {
    if (auto created = CreateTables(database); !created) {
      if (IsDiskFull(created.error())) return created;
      return Unusable(fmt::format("{}: the tables cannot be made", path), created.error().cause);
    }
  } else if (auto upgraded = Upgrade(database, format, path); !upgraded) {
    if (IsDiskFull(upgraded.error())) return upgraded;
    return Unusable(fmt::format("{}: the database of format {} cannot be upgraded to format {}",
                                path, format, kSchemaVersion),
                    upgraded.error().cause);
  }
  return {};
}

}  // namespace sallyport::store
