// `sallyport store copy`: everything from one store to another, whose server then goes on with it.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error_codes.h"
#include "main/commands.h"
#include "main/secret_files.h"
#include "main/settings.h"
#include "store/copy.h"
#include "store/sqlite/sqlite_store.h"
#include "store_postgres/address.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::main {
namespace {

struct CopySettings {
  std::string config;
  std::string from;
  std::string to;
  std::string from_password_file;
  std::string to_password_file;
  bool help = false;
};

SettingTable CopyTable(CopySettings& s) {
  SettingTable table;
  table.push_back(TextSetting("config", "FILE", "A TOML file with settings.", &s.config));
  table.push_back(TextSetting(
      "from", "STORE", "The store to copy: a data directory, or postgresql://user@host/database.",
      &s.from));
  table.push_back(
      TextSetting("to", "STORE",
                  "Where to: a new directory, or a PostgreSQL database without a store.", &s.to));
  table.push_back(TextSetting("from-password-file", "FILE",
                              "The password of --from's user, where that is a database.",
                              &s.from_password_file));
  table.push_back(TextSetting("to-password-file", "FILE",
                              "The password of --to's user, where that is a database.",
                              &s.to_password_file));
  table.push_back(SwitchSetting("help", "Show this.", &s.help));
  return table;
}

struct End {
  std::string name;  // for messages
  std::unique_ptr<store::Store> store;
};

base::Result<End> OpenEnd(const std::string& where, const std::string& password_file) {
  if (!store::postgres::IsAddress(where)) {
    SALLYPORT_ASSIGN(auto store, store::OpenSqlite(where));
    return End{where, std::move(store)};
  }
  store::PostgresOptions options{.alone = true};
  if (!password_file.empty()) {
    SALLYPORT_ASSIGN(options.password, ReadSecret(password_file));
  }
  SALLYPORT_ASSIGN(const auto address, store::postgres::ParseAddress(where, base::Secret()));
  // Without a directory: it is not this command's to say which server will have it.
  SALLYPORT_ASSIGN(auto store, store::OpenPostgres(where, "", options));
  return End{address.shown, std::move(store)};
}

base::Status Run(const CopySettings& settings) {
  if (settings.from.empty() || settings.to.empty()) {
    return base::Error{base::code::kRefused, "--from and --to are both needed", {}};
  }
  struct stat status {};
  if (!store::postgres::IsAddress(settings.from) &&
      ::stat((settings.from + "/sallyport.db").c_str(), &status) != 0) {
    return base::Error{base::code::kRefused,
                       fmt::format("{}: there is no store in this directory", settings.from),
                       {}};
  }
  SALLYPORT_ASSIGN(const End source, OpenEnd(settings.from, settings.from_password_file));
  SALLYPORT_ASSIGN(const End target, OpenEnd(settings.to, settings.to_password_file));
  const auto show = [](const store::CopyProgress& progress) {
    fmt::print(stderr, "{} records looked at, {} of them written; {} entries of the log\n",
               progress.records, progress.changed, progress.entries);
  };
  SALLYPORT_ASSIGN(
      const store::CopyProgress done,
      store::CopyStore(*source.store, *target.store,
                       {.source_name = source.name, .target_name = target.name, .progress = show}));
  fmt::print("copied {} to {}: {} records, {} entries of the log\n", source.name, target.name,
             done.records, done.entries);
  fmt::print(
      "the old store issues nothing any more; serve the new one with the same key file and "
      "credentials, and nobody is signed out\n");
  return {};
}

}  // namespace

SettingTable StoreCopyFlags() {
  CopySettings settings;
  return Described(CopyTable(settings));
}

int StoreCopy(const std::vector<std::string>& arguments) {
  umask(0077);
  CopySettings settings;
  const SettingTable table = CopyTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}",
               HelpText("sallyport store copy --from STORE --to STORE",
                        "Copies a whole store, log and lineage included, while no server runs "
                        "on either. Run again after an interruption, it goes on.",
                        table));
    return 0;
  }
  const base::Status ran = Run(settings);
  if (ran) return 0;
  const base::Error& error = ran.error();
  return Fail(error.cause.empty() ? error.message : error.message + ": " + error.cause);
}

}  // namespace sallyport::main
