#include "store_postgres/lineage_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "store/copy.h"
#include "store/log_bytes.h"
#include "store_postgres/schema.h"

namespace sallyport::store::postgres {
namespace {

// The pause after a head that could not be written.
constexpr auto kHeadRetry = std::chrono::seconds(1);

void SetNumber(PostgresTx& tx, std::string_view name, uint64_t number) {
  tx.SetMeta(name, std::to_string(number));
}

void SetLineage(PostgresTx& tx, const Lineage& lineage) {
  tx.SetMeta(kMetaLogId, BytesOf(lineage.log));
  tx.SetMeta(kMetaPastIds, BytesOfIds(lineage.past));
  SetNumber(tx, kMetaGeneration, lineage.generation);
}

}  // namespace

LineageKeeper::LineageKeeper(Parts parts)
    : parts_(std::move(parts)),
      thread_({.period = parts_.period,
               .head_retry = kHeadRetry,
               .raise = [this] { return Try(&LineageKeeper::RaiseGeneration); },
               .write_head = [this] { return Try(&LineageKeeper::WriteWitness); }}) {}

base::Result<std::unique_ptr<LineageKeeper>> LineageKeeper::Open(Parts parts) {
  std::unique_ptr<LineageKeeper> keeper(new LineageKeeper(std::move(parts)));
  SALLYPORT_TRY(keeper->Read());
  SALLYPORT_TRY(keeper->Judge());
  keeper->thread_.Begin(keeper->raised_);
  return keeper;
}

base::Status LineageKeeper::Read() {
  const Deadline deadline = After(parts_.budget);
  const auto lease = parts_.pool.Take(deadline);
  if (!lease) return ErrorOf(lease.error());
  const auto meta = [&](std::string_view name) -> base::Result<std::string> {
    auto value = ReadMeta(**lease, name, deadline);
    if (!value) return ErrorOf(value.error());
    return *std::move(value);
  };
  Lineage lineage;
  SALLYPORT_ASSIGN(const std::string store, meta(kMetaStoreId));
  SALLYPORT_ASSIGN(lineage.store, IdFrom(store, kMetaStoreId));
  SALLYPORT_ASSIGN(const std::string log, meta(kMetaLogId));
  SALLYPORT_ASSIGN(lineage.log, IdFrom(log, kMetaLogId));
  SALLYPORT_ASSIGN(const std::string past, meta(kMetaPastIds));
  SALLYPORT_ASSIGN(lineage.past, IdsFrom(past, kMetaPastIds));
  SALLYPORT_ASSIGN(const std::string generation, meta(kMetaGeneration));
  lineage.generation = MetaNumber(generation);
  SALLYPORT_ASSIGN(const std::string ttl, meta(kMetaGreatestTtl));
  auto greatest_ttl_millis = static_cast<uint32_t>(MetaNumber(ttl));
  if (const auto seen = Seen()) {
    greatest_ttl_millis = std::max(greatest_ttl_millis, seen->greatest_ttl_millis);
  }
  const auto restored = ReadValue(**lease, kRestoredRecord, deadline);
  if (!restored) return ErrorOf(restored.error());
  history_.Begin(std::move(lineage), *restored, greatest_ttl_millis, 0);
  return {};
}

base::Status LineageKeeper::Judge() {
  const std::optional<Witness> seen = Seen();
  if (seen && seen->store != history_.lineage().store) {
    return UnusableDatabase(
        fmt::format("{} is not of the store in {}: use the data directory that belongs to this "
                    "database, or a new one with that one's key file",
                    WitnessPath(parts_.directory), parts_.shown));
  }
  if (is_restored()) return {};
  SALLYPORT_ASSIGN(const auto older, IsOlder());
  if (older) {
    // If the mark is not stored, it will be found again at the next start.
    if (const auto marked =
            MarkRestored(fmt::format("the file {} {}", WitnessPath(parts_.directory), *older));
        !marked) {
      base::LogError("the mark that the store was restored could not be written",
                     {{"cause", marked.error().cause}});
    }
    return {};
  }
  if (parts_.file && !seen) {
    Witness first = MakeWitness();
    first.generation = 0;
    const auto created = parts_.file->Create(first);
    if (!created) {
      return UnusableDatabase(
          fmt::format("{}: the file cannot be made", WitnessPath(parts_.directory)),
          created.error().message);
    }
  }
  raised_ = Try(&LineageKeeper::RaiseGeneration);
  return {};
}

base::Result<std::optional<std::string>> LineageKeeper::IsOlder() {
  using Why = std::optional<std::string>;
  const std::optional<Witness> seen = Seen();
  // A server on another machine has a file of its own, which knows less.
  if (!parts_.file || !parts_.file->exists()) return Why();
  if (!seen) return Why("that has seen how far it was is damaged");
  const Deadline deadline = After(parts_.budget);
  const auto lease = parts_.pool.Take(deadline);
  if (!lease) return ErrorOf(lease.error());
  return OlderThanWitness(
      *seen, history_.lineage(), parts_.numberer.head(), std::nullopt,
      [&](uint64_t sequence) -> base::Result<std::optional<revocation::LogHash>> {
        auto hash = ReadHash(**lease, sequence, deadline);
        if (!hash) return ErrorOf(hash.error());
        return *hash;
      });
}

base::Status LineageKeeper::RaiseGeneration() {
  const std::lock_guard raise_lock(raise_mutex_);
  const uint64_t next = history_.generation() + 1;
  // Other servers raise the generation too, so the greater one counts.
  uint64_t raised = 0;
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::string there, tx.GetMeta(kMetaGeneration));
    raised = std::max(next, MetaNumber(there) + 1);
    SetNumber(tx, kMetaGeneration, raised);
    return {};
  }));
  history_.SetGeneration(raised);
  return WriteWitness();
}

base::Status LineageKeeper::WriteWitness() {
  const std::lock_guard file_lock(file_mutex_);
  return parts_.file ? parts_.file->Write(MakeWitness()) : base::Status();
}

std::optional<Witness> LineageKeeper::Seen() const {
  return parts_.file ? parts_.file->seen() : std::nullopt;
}

Witness LineageKeeper::MakeWitness() const {
  // The head is read first, so that the witness never says more than is durable in the database.
  const revocation::LogPosition head = parts_.numberer.head();
  Witness witness = history_.MakeWitness();
  witness.head = head;
  return witness;
}

bool LineageKeeper::Try(base::Status (LineageKeeper::*write)()) {
  if (is_restored()) return true;
  const base::Status written = (this->*write)();
  if (written) return true;
  const base::Error& error = written.error();
  base::LogError("the store's generation or its witness is not written",
                 {{"cause", error.cause.empty() ? error.message : error.cause}});
  return false;
}

base::Status LineageKeeper::WitnessTtl(uint32_t ttl_millis) {
  if (history_.greatest_ttl_millis() >= ttl_millis) return {};
  // The database first: it is what a server on another machine will see.
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::string there, tx.GetMeta(kMetaGreatestTtl));
    if (MetaNumber(there) < ttl_millis) SetNumber(tx, kMetaGreatestTtl, ttl_millis);
    return {};
  }));
  history_.RaiseGreatestTtl(ttl_millis);
  // While the store is restored no lease is granted, and BeginHistory writes it.
  return is_restored() ? base::Status() : WriteWitness();
}

base::Status LineageKeeper::MarkRestored(std::string_view reason) {
  const std::string kept = history_.NoteRestored(reason);
  return parts_.commit([&](PostgresTx& tx) { return tx.Put(kRestoredRecord, kept, {}); });
}

void LineageKeeper::NoteRestored(std::string_view reason) {
  if (!is_restored()) history_.NoteRestored(reason);
}

base::Status LineageKeeper::BeginHistory() {
  const std::lock_guard raise_lock(raise_mutex_);
  const std::lock_guard file_lock(file_mutex_);
  const Lineage before = lineage();
  const std::optional<Witness> seen = Seen();
  revocation::LogId log{};
  base::RandomBytes(log);
  Lineage next;
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto foreign, tx.Get(kForeignLogIdsRecord));
    SALLYPORT_ASSIGN(next, NextHistory(before, seen, foreign.value_or(""), log));
    SetLineage(tx, next);
    SALLYPORT_TRY(tx.Delete(kForeignLogIdsRecord));
    return tx.Delete(kRestoredRecord);
  }));
  history_.BeginAnew(next);
  return parts_.file ? parts_.file->Create(MakeWitness()) : base::Status();
}

base::Status LineageKeeper::Adopt(const Lineage& lineage) {
  const std::lock_guard raise_lock(raise_mutex_);
  const std::lock_guard file_lock(file_mutex_);
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    tx.SetMeta(kMetaStoreId, BytesOf(lineage.store));
    SetLineage(tx, lineage);
    return tx.Delete(kCopyingRecord);
  }));
  history_.Adopt(lineage);
  return parts_.file ? parts_.file->Create(MakeWitness()) : base::Status();
}

}  // namespace sallyport::store::postgres
