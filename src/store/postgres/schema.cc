#include "store_postgres/schema.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "store_postgres/embedded.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kBeginSchema{"schema-begin", "BEGIN"};
constexpr Statement kCommitSchema{"schema-commit", "COMMIT"};
constexpr Statement kRollbackSchema{"schema-rollback", "ROLLBACK"};
// The number is "SLYP". The lock ends with the transaction.
constexpr Statement kLock{"schema-lock", "SELECT pg_advisory_xact_lock(1397512528)"};
constexpr Statement kExists{"schema-exists", "SELECT to_regclass('sallyport.meta') IS NOT NULL"};
constexpr Statement kGetMeta{"meta-get", "SELECT value FROM sallyport.meta WHERE name=$1::bytea"};
constexpr Statement kSetMeta{"meta-set",
                             "INSERT INTO sallyport.meta VALUES($1::bytea, $2::bytea) "
                             "ON CONFLICT (name) DO UPDATE SET value=excluded.value"};
constexpr Statement kSettings{
    "server-settings",
    "SELECT current_setting('fsync')='on', current_setting('full_page_writes')='on', "
    "current_setting('synchronous_standby_names')<>'', "
    "pg_is_in_recovery(), convert_to(current_setting('server_version'), 'SQL_ASCII')"};

struct NamedStatement {
  std::string name;
  std::string sql;
};

std::vector<NamedStatement> ReadTables() {
  std::vector<NamedStatement> statements;
  std::string_view rest = store_postgres::embedded::kTablesPgsql;
  for (size_t end = 0; (end = rest.find(";\n")) != std::string_view::npos;) {
    statements.push_back(
        {fmt::format("make-{}", statements.size()), std::string(rest.substr(0, end))});
    rest.remove_prefix(end + 2);
  }
  return statements;
}

// The tables of version 1. A new database gets these first, and then takes the steps to the newest
// version as an older one does. The statements exist for as long as the program, since connections
// refer to their names.
const std::vector<NamedStatement>& Tables() {
  static const std::vector<NamedStatement> tables = ReadTables();
  return tables;
}

std::string NewId() {
  std::array<uint8_t, 16> id{};
  base::RandomBytes(id);
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

Outcome<void> MakeTables(Connection& connection, Deadline deadline) {
  for (const auto& [name, sql] : Tables()) {
    // They run one by one, because PostgreSQL parses a statement before the one ahead of it has
    // run.
    SALLYPORT_TRY(connection.Run({name.c_str(), sql.c_str()}, {}, deadline));
  }
  const std::string id = NewId();
  AddSetMeta(connection, kMetaFormat, std::to_string(kFormat));
  AddSetMeta(connection, kMetaReadableFrom, std::to_string(kReadableFrom));
  AddSetMeta(connection, kMetaStoreId, id);
  AddSetMeta(connection, kMetaLogId, id);
  AddSetMeta(connection, kMetaPastIds, "");
  AddSetMeta(connection, kMetaGeneration, "0");
  SALLYPORT_TRY(connection.Run(deadline));
  return {};
}

// Runs within the transaction that holds the lock.
base::Status MakeOrCheck(Connection& connection, const std::string& shown, WhenEmpty when_empty,
                         Deadline deadline) {
  const auto doing = [&](const Failure& failure) {
    return UnusableDatabase(fmt::format("{}: its tables cannot be made or read", shown), failure);
  };
  const auto exists = connection.Run(kExists, {}, deadline);
  if (!exists) return doing(exists.error());
  if (!exists->Boolean(0, 0)) {
    if (when_empty == WhenEmpty::kRefuse) {
      return UnusableDatabase(fmt::format(
          "{}: the database holds no store, but the file `lineage` in the data directory has seen "
          "one: put the database back; only to begin anew and lose it for good, remove that file",
          shown));
    }
    if (const auto made = MakeTables(connection, deadline); !made) return doing(made.error());
    base::LogInfo("a store is made", {{"store", shown}, {"format", kFormat}});
    return {};
  }
  const auto format = ReadMeta(connection, kMetaFormat, deadline);
  if (!format) return doing(format.error());
  const auto readable_from = ReadMeta(connection, kMetaReadableFrom, deadline);
  if (!readable_from) return doing(readable_from.error());
  if (MetaNumber(*readable_from) > static_cast<uint64_t>(kFormat)) {
    return UnusableDatabase(fmt::format(
        "{}: the store has format {}, which needs a newer sallyport than this one (format {})",
        shown, MetaNumber(*format), kFormat));
  }
  return {};
}

}  // namespace

base::Status PrepareSchema(Connection& connection, const std::string& shown, WhenEmpty when_empty,
                           Deadline deadline) {
  connection.Add(kBeginSchema);
  connection.Add(kLock);
  if (const auto locked = connection.Run(deadline); !locked) {
    return UnusableDatabase(fmt::format("{}: the lock on its tables could not be acquired", shown),
                            locked.error());
  }
  base::Status done = MakeOrCheck(connection, shown, when_empty, deadline);
  if (!done) {
    (void)connection.Run(kRollbackSchema, {}, deadline);
    return done;
  }
  if (const auto committed = connection.Run(kCommitSchema, {}, deadline); !committed) {
    return UnusableDatabase(fmt::format("{}: its tables cannot be made", shown), committed.error());
  }
  return {};
}

base::Status CheckServer(Connection& connection, const std::string& shown, Deadline deadline) {
  constexpr int kLeastVersion = 150000;
  if (connection.server_version() < kLeastVersion) {
    return UnusableDatabase(
        fmt::format("{}: PostgreSQL {} is older than 15, with which this was "
                    "tested",
                    shown, connection.ServerVersion()));
  }
  const auto settings = connection.Run(kSettings, {}, deadline);
  if (!settings) {
    return UnusableDatabase(fmt::format("{}: its settings cannot be read", shown),
                            settings.error());
  }
  if (!settings->Boolean(0, 0) || !settings->Boolean(0, 1)) {
    return UnusableDatabase(
        fmt::format("{}: the database runs with fsync or full_page_writes off, so that a crash may "
                    "lose what it "
                    "has confirmed, revocations too: switch both on",
                    shown));
  }
  if (settings->Boolean(0, 3)) {
    return UnusableDatabase(fmt::format("{}: it is a standby, which takes no changes", shown));
  }
  base::LogInfo("the store is in PostgreSQL", {{"store", shown},
                                               {"version", settings->Bytes(0, 4)},
                                               {"standbys_confirm", settings->Boolean(0, 2)}});
  if (!settings->Boolean(0, 2)) {
    base::LogWarning(kNoStandby, {{"store", shown}});
  }
  return {};
}

Outcome<std::string> ReadMeta(Connection& connection, std::string_view name, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kGetMeta, Values().Bytes(name), deadline));
  return rows.count() == 0 ? std::string() : std::string(rows.Bytes(0, 0));
}

void AddSetMeta(Connection& connection, std::string_view name, std::string_view value) {
  connection.Add(kSetMeta, Values().Bytes(name).Bytes(value));
}

uint64_t MetaNumber(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace sallyport::store::postgres
