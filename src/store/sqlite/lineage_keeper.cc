#include "store/sqlite/lineage_keeper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "store/copy.h"
#include "store/log_bytes.h"
#include "store/sqlite/queries.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/wal_file.h"

namespace sallyport::store {
namespace {

constexpr int kFileCacheKib = 64;
// The pause after a write that found no space.
constexpr auto kRetryPeriod = std::chrono::minutes(1);

constexpr std::string_view kPastIds = "past_log_ids";
constexpr std::string_view kGeneration = "generation";
constexpr std::string_view kLogId = "log_id";
constexpr std::string_view kStoreId = "store_id";

base::Result<uint64_t> ReadGeneration(Database& database) {
  SALLYPORT_ASSIGN(const int64_t generation,
                   database.QueryInteger("SELECT value FROM meta WHERE name='generation'"));
  return static_cast<uint64_t>(generation);
}

// If the database file cannot be read without its WAL, it may be one to which the WAL does not
// belong.
base::Status CheckWhole(Database& database) {
  SALLYPORT_ASSIGN(Statement check, database.Prepare("PRAGMA integrity_check(1)"));
  auto run = check.Begin();
  SALLYPORT_ASSIGN(const bool row, run.Step());
  if (row && run.BytesAt(0) == "ok") return {};
  return base::InternalError(
      fmt::format("integrity_check: {}", row ? run.BytesAt(0) : "no answer"));
}

base::Result<Lineage> ReadLineage(Database& database) {
  SALLYPORT_ASSIGN(Statement select,
                   database.Prepare("SELECT value FROM meta WHERE name=CAST(? AS TEXT)"));
  const auto get = [&](std::string_view name) -> base::Result<std::string> {
    auto run = select.Begin();
    run.Bytes(name);
    SALLYPORT_ASSIGN(const bool row, run.Step());
    if (!row) return base::InternalError(fmt::format("sqlite: meta has no {}", name));
    return std::string(run.BytesAt(0));
  };
  Lineage lineage;
  SALLYPORT_ASSIGN(const std::string store, get(kStoreId));
  SALLYPORT_ASSIGN(lineage.store, IdFrom(store, kStoreId));
  SALLYPORT_ASSIGN(const std::string log, get(kLogId));
  SALLYPORT_ASSIGN(lineage.log, IdFrom(log, kLogId));
  SALLYPORT_ASSIGN(const std::string past, get(kPastIds));
  SALLYPORT_ASSIGN(lineage.past, IdsFrom(past, kPastIds));
  SALLYPORT_ASSIGN(lineage.generation, ReadGeneration(database));
  return lineage;
}

// The id in the database file itself. Nullopt: it cannot be read without the WAL.
std::optional<revocation::LogId> IdentityInFile(const std::string& path) {
  auto database = Database::OpenWith(path, "?mode=ro&immutable=1", kFileCacheKib);
  if (!database) return std::nullopt;
  const auto lineage = ReadLineage(*database);
  if (!lineage) return std::nullopt;
  return lineage->store;
}

base::Status SetLineage(SqliteTx& tx, const Lineage& lineage) {
  SALLYPORT_TRY(tx.SetCounted());
  SALLYPORT_TRY(tx.SetMeta(kLogId, BytesOf(lineage.log)));
  SALLYPORT_TRY(tx.SetMeta(kPastIds, BytesOfIds(lineage.past)));
  return tx.SetMeta(kGeneration, static_cast<int64_t>(lineage.generation));
}

// The reason that a store of format 1 has written, which knew only one way to notice.
std::string ReasonOf(std::string_view record) {
  return std::string(record == "1" ? "an agent was ahead of its log" : record);
}

base::Status OutcomeOf(base::Result<Committed> committed) {
  if (!committed) return std::move(committed).error();
  return std::move(committed->outcome);
}

}  // namespace

std::optional<uint64_t> LineageKeeper::GenerationInFile(const std::string& directory) {
  const std::string path = DatabasePath(directory);
  auto database = Database::OpenWith(path, "?mode=ro&immutable=1", kFileCacheKib);
  if (!database) return std::nullopt;
  // The row is in one page, and the pages above it never change, so it can be read even in the
  // middle of a checkpoint.
  const auto generation = ReadGeneration(*database);
  if (!generation) return std::nullopt;
  return *generation;
}

base::Status LineageKeeper::JudgeWal(const std::string& directory, WitnessFile& file, Room& room) {
  if (!file.seen()) return {};
  Witness next = *file.seen();
  const auto store = IdentityInFile(DatabasePath(directory));
  // The start will be refused, and the file stays as it is for the store to which it belongs.
  if (store && *store != next.store) return {};
  // What was found to be foreign stays so until a recovery.
  if (next.wal.kind == WalMark::Kind::kForeign) return {};
  const auto found = FindWal(DatabasePath(directory), next.wal.frames);
  const bool foreign = store && IsForeignWal(next.wal, found);
  next.wal = {.kind = foreign ? WalMark::Kind::kForeign : WalMark::Kind::kUnknown};
  if (next == *file.seen()) return {};
  while (true) {
    const base::Status written = file.Write(next);
    if (written) return {};
    const base::Error& error = written.error();
    if (error.code == base::code::kDiskFull && room.GiveUp(error.message)) continue;
    return Unusable(fmt::format("{}: cannot be written, without which no start is safe",
                                WitnessPath(directory)),
                    error.message);
  }
}

LineageKeeper::LineageKeeper(std::string directory, WitnessFile file, std::optional<uint64_t> found,
                             Writer& writer, std::chrono::milliseconds period)
    : directory_(std::move(directory)),
      file_(std::move(file)),
      found_(found),
      writer_(writer),
      thread_({.period = period,
               .head_retry = kRetryPeriod,
               .raise = [this] { return TryNow(&LineageKeeper::RaiseGeneration); },
               .write_head = [this] { return TryNow(&LineageKeeper::WriteWitness); }}) {}

base::Result<std::unique_ptr<LineageKeeper>> LineageKeeper::Open(
    const std::string& directory, WitnessFile file, std::optional<uint64_t> found,
    std::optional<uint64_t> copied, Writer& writer, std::chrono::milliseconds period) {
  std::unique_ptr<LineageKeeper> keeper(
      new LineageKeeper(directory, std::move(file), found, writer, period));
  SALLYPORT_TRY(keeper->Read(copied.value_or(0)));
  SALLYPORT_TRY(keeper->Judge());
  keeper->thread_.Begin(keeper->raised_);
  return keeper;
}

std::optional<WitnessFile> LineageKeeper::End() {
  if (!thread_.End() || is_restored() || !file_.seen()) return std::nullopt;
  return std::move(file_);
}

base::Status LineageKeeper::Read(uint64_t copied) {
  SALLYPORT_ASSIGN(ReadConnection connection, ReadConnection::Open(DatabasePath(directory_)));
  SALLYPORT_ASSIGN(Lineage lineage, ReadLineage(connection.database));
  SALLYPORT_ASSIGN(auto restored, connection.queries.Get(kRestoredRecord));
  if (restored) restored = ReasonOf(*restored);
  history_.Begin(std::move(lineage), std::move(restored),
                 file_.seen() ? file_.seen()->greatest_ttl_millis : 0, copied);
  return {};
}

base::Status LineageKeeper::Judge() {
  const std::optional<Witness>& seen = file_.seen();
  if (seen && seen->store != history_.lineage().store) {
    return Unusable(fmt::format(
        "{} is not of the store in {}: put back the file that was beside this database; if the "
        "database was put here on purpose, use sallyport restore",
        WitnessPath(directory_), DatabasePath(directory_)));
  }
  if (is_restored()) return {};
  SALLYPORT_ASSIGN(const auto older, IsOlder());
  if (older) {
    // If it is not stored, it will be found again at the next start.
    if (const auto marked =
            MarkRestored(fmt::format("the file {} {}", WitnessPath(directory_), *older));
        !marked) {
      base::LogError("the mark that the store was restored could not be written",
                     {{"cause", marked.error().cause}});
    }
    return {};
  }
  if (!seen) {
    Witness first = MakeWitness();
    first.generation = 0;
    const auto created = file_.Create(first);
    if (!created) {
      return Unusable(fmt::format("{}: the file cannot be made", WitnessPath(directory_)),
                      created.error().message);
    }
  }
  raised_ = TryNow(&LineageKeeper::RaiseGeneration);
  return {};
}

base::Result<std::optional<std::string>> LineageKeeper::IsOlder() {
  using Why = std::optional<std::string>;
  if (!file_.exists()) {
    // Generation 0: the store is new or was just upgraded, and has not written its file yet.
    return history_.generation() == 0 ? Why() : Why("that has seen how far it was is missing");
  }
  if (!file_.seen()) return Why("that has seen how far it was is damaged");
  SALLYPORT_ASSIGN(ReadConnection connection, ReadConnection::Open(DatabasePath(directory_)));
  if (file_.seen()->copied > 0 && !found_) {
    SALLYPORT_TRY(CheckWhole(connection.database));
  }
  return OlderThanWitness(*file_.seen(), history_.lineage(), writer_.Head(), found_,
                          [&](uint64_t sequence) { return connection.queries.HashAt(sequence); });
}

base::Status LineageKeeper::RaiseGeneration() {
  const std::lock_guard raise_lock(raise_mutex_);
  const uint64_t next = history_.generation() + 1;
  const auto raise = [&](SqliteTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.SetCounted());
    return tx.SetMeta(kGeneration, static_cast<int64_t>(next));
  };
  SALLYPORT_TRY(OutcomeOf(writer_.Run(raise)));
  history_.SetGeneration(next);
  return WriteWitness();
}

base::Status LineageKeeper::WriteWitness() {
  const std::lock_guard file_lock(file_mutex_);
  return file_.Write(MakeWitness());
}

Witness LineageKeeper::MakeWitness() const {
  Witness witness = history_.MakeWitness();
  witness.wal = writer_.wal();
  witness.head = writer_.Head();
  return witness;
}

uint64_t LineageKeeper::RaiseBeforeCopy() {
  if (is_restored() || !TryNow(&LineageKeeper::RaiseGeneration)) return 0;
  return history_.generation();
}

void LineageKeeper::NoteCopied(uint64_t generation) {
  if (is_restored()) return;
  history_.NoteCopied(generation);
  Notice();
}

base::Status LineageKeeper::WitnessTtl(uint32_t ttl_millis) {
  if (!history_.RaiseGreatestTtl(ttl_millis)) return {};
  // While the store is restored no lease is granted; BeginHistory writes the value.
  if (is_restored()) return {};
  return WriteWitness();
}

bool LineageKeeper::TryNow(base::Status (LineageKeeper::*write)()) {
  if (is_restored()) return true;
  const base::Status written = (this->*write)();
  if (written) return true;
  const base::Error& error = written.error();
  const bool of_the_file = error.code == base::code::kStoreUnusable;
  base::LogError(of_the_file ? "the store cannot write to its disk; the process ends"
                             : "the store's generation or its witness is not written",
                 {{"cause", error.cause.empty() ? error.message : error.cause}});
  // As after any write that failed, it is not known what is on the disk.
  if (of_the_file) _exit(kStorageFailed);
  return false;
}

base::Status LineageKeeper::MarkRestored(std::string_view reason) {
  const std::string kept = history_.NoteRestored(reason);
  return OutcomeOf(writer_.Run([&](SqliteTx& tx) { return tx.Put(kRestoredRecord, kept, {}); }));
}

base::Status LineageKeeper::BeginHistory() {
  const std::lock_guard raise_lock(raise_mutex_);
  const std::lock_guard file_lock(file_mutex_);
  {
    // This happens, for instance, when a database was put beside the WAL of another one.
    SALLYPORT_ASSIGN(ReadConnection connection, ReadConnection::Open(DatabasePath(directory_)));
    if (const auto whole = CheckWhole(connection.database); !whole) {
      return Unusable(fmt::format("{}: the database is damaged; put back a backup of it (sallyport "
                                  "restore), then run recover again",
                                  DatabasePath(directory_)),
                      whole.error().cause);
    }
  }
  const Lineage before = lineage();
  revocation::LogId log{};
  base::RandomBytes(log);
  Lineage next;
  const auto begin = [&](SqliteTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto foreign, tx.Get(kForeignLogIdsRecord));
    SALLYPORT_ASSIGN(next, NextHistory(before, file_.seen(), foreign.value_or(""), log));
    SALLYPORT_TRY(SetLineage(tx, next));
    SALLYPORT_TRY(tx.Delete(kForeignLogIdsRecord));
    // This is from a backup that somebody has put in place by hand.
    SALLYPORT_TRY(tx.Delete(kChecksumRecord));
    return tx.Delete(kRestoredRecord);
  };
  SALLYPORT_TRY(OutcomeOf(writer_.Run(begin)));
  history_.BeginAnew(next);
  return file_.Create(MakeWitness());
}

base::Status LineageKeeper::Adopt(const Lineage& lineage) {
  const std::lock_guard raise_lock(raise_mutex_);
  const std::lock_guard file_lock(file_mutex_);
  SALLYPORT_TRY(OutcomeOf(writer_.Run([&](SqliteTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.SetMeta(kStoreId, BytesOf(lineage.store)));
    SALLYPORT_TRY(SetLineage(tx, lineage));
    return tx.Delete(kCopyingRecord);
  })));
  history_.Adopt(lineage);
  return file_.Create(MakeWitness());
}

}  // namespace sallyport::store
