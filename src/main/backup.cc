// `sallyport backup` and `sallyport restore`: the store as one file, and back.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error_codes.h"
#include "base/random.h"
#include "domain/keys/vault.h"
#include "main/commands.h"
#include "main/secret_files.h"
#include "main/serve_settings.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store_file.h"
#include "store/sqlite/witness_file.h"

namespace sallyport::main {
namespace {

constexpr std::array kBackupFlags = {"config", "data", "key-file", "encryption-key-file", "help"};

base::Error BackupProblem(std::string message) {
  return {base::code::kRefused, std::move(message), {}};
}

// Shows those settings of `serve` that have a meaning here. The others may be in the same file.
SettingTable Shown(const SettingTable& table) {
  SettingTable shown;
  std::copy_if(table.begin(), table.end(), std::back_inserter(shown), [](const Setting& setting) {
    return std::find(kBackupFlags.begin(), kBackupFlags.end(), setting.name) != kBackupFlags.end();
  });
  return shown;
}

Setting UnmarkedSetting(bool* unmarked) {
  return SwitchSetting("unmarked",
                       "Accept a copy of a database that was not made by sallyport backup. Nothing "
                       "in it says when it was made.",
                       unmarked);
}

// The time in the form "2026-11-25T17:30:00Z", or in that of `format`.
std::string Now(const char* format = "{:%Y-%m-%dT%H:%M:%SZ}") {
  return fmt::format(fmt::runtime(format), fmt::gmtime(base::SystemClock::Get().WallSeconds()));
}

bool Exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

int Finish(const base::Status& status) {
  if (status) return 0;
  const base::Error& error = status.error();
  return Fail(error.cause.empty() ? error.message : error.message + ": " + error.cause);
}

// The FILE in the command line; nullopt: help was asked for, and was printed.
base::Result<std::optional<std::string>> ReadArguments(const std::vector<std::string>& arguments,
                                                       const char* usage, const char* purpose,
                                                       ServeSettings& settings, bool* unmarked) {
  SettingTable table = ServeTable(settings);
  if (unmarked != nullptr) table.push_back(UnmarkedSetting(unmarked));
  std::vector<std::string> words;
  SALLYPORT_TRY(ApplySettings(table, arguments, getenv, &words));
  if (settings.help) {
    SettingTable shown = Shown(table);
    if (unmarked != nullptr) shown.push_back(UnmarkedSetting(unmarked));
    fmt::print("{}", HelpText(usage, purpose, shown));
    return std::optional<std::string>();
  }
  if (words.size() != 1) return BackupProblem(fmt::format("usage: {}", usage));
  return std::optional<std::string>(words.front());
}

base::Status WriteBackup(const ServeSettings& settings, const std::string& file) {
  SALLYPORT_TRY(RequireEmbedded(settings.store, "back it up with pg_dump or pg_basebackup"));
  if (Exists(file))
    return BackupProblem(file + ": exists already, and a backup never overwrites a file");
  SALLYPORT_ASSIGN(auto store, store::StoreFile::OpenIn(settings.data));
  SALLYPORT_ASSIGN(const auto restored, store.Get(store::kRestoredRecord));
  if (restored) {
    return BackupProblem(
        fmt::format("{}: the store was restored from a backup and has not been recovered: run "
                    "sallyport recover, then back it up",
                    settings.data));
  }
  SALLYPORT_ASSIGN(const auto mark, store.Get(domain::kVaultMarkRecord));
  const std::string time = Now();
  const std::string partial = fmt::format("{}.partial-{:016x}", file, base::RandomU64());
  SALLYPORT_TRY(store.BackUpTo(partial, fmt::format("it is the backup of {}", time)));
  if (auto named = store::MoveToNewName(partial, file); !named) {
    ::unlink(partial.c_str());
    return named;
  }
  fmt::print("backup of {}: {} ({} bytes)\n", time, file, std::filesystem::file_size(file));
  if (mark) {
    fmt::print(
        "it opens only with the key file {} (fingerprint {}), which is not in it: keep a copy of "
        "that in another place\n",
        KeyPath(settings), domain::KeyFingerprint(*mark));
  }
  return {};
}

// The store must be one that opens with the key that the server will have.
base::Status CheckKey(const std::string& file, const std::string& mark,
                      const std::string& key_path) {
  const std::string needed = domain::KeyFingerprint(mark);
  if (!Exists(key_path)) {
    return BackupProblem(
        fmt::format("{} opens only with the key file of fingerprint {}, and {} does not exist: put "
                    "the key file there, or name it with --key-file",
                    file, needed, key_path));
  }
  SALLYPORT_ASSIGN(const auto vault, ReadVault(key_path));
  const std::string present = domain::VaultMark(*vault);
  if (present == mark) return {};
  return BackupProblem(
      fmt::format("{} opens only with the key file of fingerprint {}, and {} has fingerprint {}",
                  file, needed, key_path, domain::KeyFingerprint(present)));
}

// The suffix of the names under which a restore keeps what it replaces.
std::string UnusedSuffix(const std::string& data) {
  const std::string now = Now(".before-restore-{:%Y%m%dT%H%M%SZ}");
  const std::string database = store::DatabasePath(data);
  std::string suffix = now;
  for (int n = 2; Exists(database + suffix) || Exists(database + suffix + "-wal"); ++n) {
    suffix = fmt::format("{}-{}", now, n);
  }
  return suffix;
}

base::Status PutInPlace(const ServeSettings& settings, const std::string& file, bool unmarked) {
  SALLYPORT_TRY(
      RequireEmbedded(settings.store, "restore it with PostgreSQL's programs, then run recover"));
  SALLYPORT_ASSIGN(auto backup, store::StoreFile::Open(file));
  SALLYPORT_ASSIGN(const auto marked, backup.Get(store::kRestoredRecord));
  if (!marked && !unmarked) {
    return BackupProblem(
        fmt::format("{} is a store's database, but sallyport backup did not write it: nothing in "
                    "it says that it is a copy, or when it was made. With --unmarked it is "
                    "restored nevertheless, and marked as a copy of unknown age",
                    file));
  }
  SALLYPORT_TRY(backup.CheckWhole(unmarked));
  SALLYPORT_ASSIGN(const auto mark, backup.Get(domain::kVaultMarkRecord));
  if (mark) SALLYPORT_TRY(CheckKey(file, *mark, KeyPath(settings)));
  SALLYPORT_ASSIGN(const auto lock, store::DirectoryLock::Take(settings.data));
  SALLYPORT_ASSIGN(const auto witness, store::WitnessFile::Open(settings.data));
  if (witness.seen() && witness.seen()->store != backup.store_id()) {
    return BackupProblem(
        fmt::format("{} is a backup of another store than the one in {}: use another directory, or "
                    "remove {} first if you no longer need that store",
                    file, settings.data, store::WitnessPath(settings.data)));
  }
  const std::string replacement = store::ReplacementPath(settings.data);
  for (const char* part : {"", "-journal", "-wal", "-shm"}) {
    ::unlink((replacement + part).c_str());
  }
  const std::string reason = marked.value_or(
      fmt::format("a copy of unknown age was put in the store's place at {}", Now()));
  SALLYPORT_TRY(backup.CopyTo(replacement, reason));
  const bool replaces = Exists(store::DatabasePath(settings.data));
  const std::string suffix = UnusedSuffix(settings.data);
  SALLYPORT_TRY(store::ReplaceDatabase(settings.data, replacement, suffix));
  fmt::print("restored {} to {}: {}\n", file, settings.data, reason);
  if (replaces) {
    fmt::print("the database that was there is kept as {}\n",
               store::DatabasePath(settings.data) + suffix);
  }
  fmt::print("next: sallyport recover --data {}; no tokens are issued before that\n",
             settings.data);
  return {};
}

}  // namespace

SettingTable BackupFlags() {
  ServeSettings settings;
  return Described(Shown(ServeTable(settings)));
}

SettingTable RestoreFlags() {
  SettingTable table = BackupFlags();
  bool unmarked = false;
  table.push_back(UnmarkedSetting(&unmarked));
  return Described(std::move(table));
}

int Backup(const std::vector<std::string>& arguments) {
  umask(0077);
  ServeSettings settings;
  const auto file = ReadArguments(arguments, "sallyport backup [flags] FILE",
                                  "Writes a backup of the store to FILE, which must not exist. The "
                                  "server may run meanwhile.",
                                  settings, nullptr);
  if (!file) return Fail(file.error().message);
  return *file ? Finish(WriteBackup(settings, **file)) : 0;
}

int Restore(const std::vector<std::string>& arguments) {
  umask(0077);
  ServeSettings settings;
  bool unmarked = false;
  const auto file = ReadArguments(arguments, "sallyport restore [flags] FILE",
                                  "Puts the backup FILE in the place of the store. Stop the server "
                                  "first. The store that was there is kept beside it.\nAfterwards "
                                  "run sallyport recover: no tokens are issued before that.",
                                  settings, &unmarked);
  if (!file) return Fail(file.error().message);
  return *file ? Finish(PutInPlace(settings, **file, unmarked)) : 0;
}

}  // namespace sallyport::main
