#include "store_postgres/lineage_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "store/copy.h"
#include "store_postgres/schema.h"

namespace sallyport::store::postgres {
namespace {

// The head is written as soon as it moves, and then no more for this long.
constexpr auto kHeadPeriod = std::chrono::seconds(1);
// After a write that failed.
constexpr auto kRetryPeriod = std::chrono::minutes(1);

std::string_view BytesOfId(const revocation::LogId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

base::Result<std::vector<revocation::LogId>> IdsFrom(std::string_view bytes) {
  std::vector<revocation::LogId> ids;
  if (bytes.size() % sizeof(revocation::LogId) != 0) {
    return base::InternalError("postgresql: a list of log ids of wrong size");
  }
  for (size_t at = 0; at < bytes.size(); at += sizeof(revocation::LogId)) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), sizeof(revocation::LogId),
                ids.emplace_back().begin());
  }
  return ids;
}

base::Result<revocation::LogId> IdFrom(std::string_view bytes) {
  SALLYPORT_ASSIGN(const auto ids, IdsFrom(bytes));
  if (ids.size() != 1) return base::InternalError("postgresql: meta has no id of store or log");
  return ids.front();
}

void AddPast(Lineage& lineage, const revocation::LogId& id) {
  std::vector<revocation::LogId>& past = lineage.past;
  if (std::find(past.begin(), past.end(), id) == past.end()) past.push_back(id);
}

void SetNumber(PostgresTx& tx, std::string_view name, uint64_t number) {
  tx.SetMeta(name, std::to_string(number));
}

void SetLineage(PostgresTx& tx, const Lineage& lineage) {
  std::string past;
  for (const revocation::LogId& id : lineage.past) past += BytesOfId(id);
  tx.SetMeta(kMetaLogId, BytesOfId(lineage.log));
  tx.SetMeta(kMetaPastIds, past);
  SetNumber(tx, kMetaGeneration, lineage.generation);
}

}  // namespace

base::Result<std::unique_ptr<LineageKeeper>> LineageKeeper::Open(Parts parts) {
  std::unique_ptr<LineageKeeper> keeper(new LineageKeeper(std::move(parts)));
  SALLYPORT_TRY(keeper->Read());
  SALLYPORT_TRY(keeper->Judge());
  keeper->thread_ = std::thread([self = keeper.get()] { self->Loop(); });
  return keeper;
}

LineageKeeper::~LineageKeeper() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
  (void)Try(&LineageKeeper::RaiseGeneration);
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
  SALLYPORT_ASSIGN(const std::string store, meta(kMetaStoreId));
  SALLYPORT_ASSIGN(lineage_.store, IdFrom(store));
  SALLYPORT_ASSIGN(const std::string log, meta(kMetaLogId));
  SALLYPORT_ASSIGN(lineage_.log, IdFrom(log));
  SALLYPORT_ASSIGN(const std::string past, meta(kMetaPastIds));
  SALLYPORT_ASSIGN(lineage_.past, IdsFrom(past));
  SALLYPORT_ASSIGN(const std::string generation, meta(kMetaGeneration));
  lineage_.generation = MetaNumber(generation);
  SALLYPORT_ASSIGN(const std::string ttl, meta(kMetaGreatestTtl));
  greatest_ttl_millis_ = static_cast<uint32_t>(MetaNumber(ttl));
  if (const auto seen = Seen()) {
    greatest_ttl_millis_ = std::max(greatest_ttl_millis_, seen->greatest_ttl_millis);
  }
  const auto record = ReadValue(**lease, kRestoredRecord, deadline);
  if (!record) return ErrorOf(record.error());
  restored_ = record->has_value();
  if (*record) reason_ = **record;
  return {};
}

base::Status LineageKeeper::Judge() {
  const std::optional<Witness> seen = Seen();
  if (seen && seen->store != lineage_.store) {
    return UnusableDatabase(
        fmt::format("{} is not of the store in {}: use the data directory that belongs to this "
                    "database, or a new one with that one's key file",
                    WitnessPath(parts_.directory), parts_.shown));
  }
  if (restored_) return {};
  SALLYPORT_ASSIGN(const auto older, IsOlder());
  if (older) {
    // Not kept, it is found again at the next start.
    if (const auto marked =
            MarkRestored(fmt::format("the file {} {}", WitnessPath(parts_.directory), *older));
        !marked) {
      base::LogError("the mark that the store was restored is not kept",
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
      *seen, lineage_, parts_.numberer.head(), std::nullopt,
      [&](uint64_t sequence) -> base::Result<std::optional<revocation::LogHash>> {
        auto hash = ReadHash(**lease, sequence, deadline);
        if (!hash) return ErrorOf(hash.error());
        return *hash;
      });
}

base::Status LineageKeeper::RaiseGeneration() {
  const std::lock_guard raise_lock(raise_mutex_);
  uint64_t next = 0;
  {
    const std::lock_guard lock(mutex_);
    next = lineage_.generation + 1;
  }
  // Other servers raise it too.
  uint64_t raised = 0;
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::string there, tx.GetMeta(kMetaGeneration));
    raised = std::max(next, MetaNumber(there) + 1);
    SetNumber(tx, kMetaGeneration, raised);
    return {};
  }));
  {
    const std::lock_guard lock(mutex_);
    lineage_.generation = raised;
  }
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
  // The head first: never more than what is durable in the database.
  const revocation::LogPosition head = parts_.numberer.head();
  const std::lock_guard lock(mutex_);
  return {.store = lineage_.store,
          .log = lineage_.log,
          .generation = lineage_.generation,
          .head = head,
          .copied = 0,
          .greatest_ttl_millis = greatest_ttl_millis_};
}

bool LineageKeeper::Try(base::Status (LineageKeeper::*write)()) {
  if (restored_) return true;
  const base::Status written = (this->*write)();
  if (written) return true;
  const base::Error& error = written.error();
  base::LogError("the store's generation or its witness is not written",
                 {{"cause", error.cause.empty() ? error.message : error.cause}});
  return false;
}

void LineageKeeper::Notice() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(moved_, true)) return;
  }
  woken_.notify_one();
}

void LineageKeeper::Loop() {
  auto next_head = Steady::now();
  auto next_generation = next_head + (raised_ ? parts_.period : kRetryPeriod);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = Steady::now();
    if (now >= next_generation) {
      lock.unlock();
      next_generation = now + (Try(&LineageKeeper::RaiseGeneration) ? parts_.period : kRetryPeriod);
      lock.lock();
    } else if (moved_ && now >= next_head) {
      moved_ = false;
      next_head = now + kHeadPeriod;
      lock.unlock();
      const bool written = Try(&LineageKeeper::WriteWitness);
      lock.lock();
      moved_ = moved_ || !written;
    } else {
      woken_.wait_until(lock, moved_ ? std::min(next_head, next_generation) : next_generation);
    }
  }
}

uint32_t LineageKeeper::WitnessedTtl() const {
  const std::lock_guard lock(mutex_);
  return greatest_ttl_millis_;
}

base::Status LineageKeeper::WitnessTtl(uint32_t ttl_millis) {
  {
    const std::lock_guard lock(mutex_);
    if (greatest_ttl_millis_ >= ttl_millis) return {};
  }
  // The database first: it is what a server on another machine will see.
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const std::string there, tx.GetMeta(kMetaGreatestTtl));
    if (MetaNumber(there) < ttl_millis) SetNumber(tx, kMetaGreatestTtl, ttl_millis);
    return {};
  }));
  {
    const std::lock_guard lock(mutex_);
    greatest_ttl_millis_ = ttl_millis;
  }
  // While the store is restored no lease is granted, and BeginHistory writes it.
  return restored_ ? base::Status() : WriteWitness();
}

Lineage LineageKeeper::lineage() const {
  const std::lock_guard lock(mutex_);
  return lineage_;
}

bool LineageKeeper::IsPast(const revocation::LogId& id) const {
  const std::lock_guard lock(mutex_);
  return std::find(lineage_.past.begin(), lineage_.past.end(), id) != lineage_.past.end();
}

std::string LineageKeeper::restored_reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

base::Status LineageKeeper::MarkRestored(std::string_view reason) {
  std::string kept;
  {
    const std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
    kept = reason_;
    restored_ = true;
  }
  return parts_.commit([&](PostgresTx& tx) { return tx.Put(kRestoredRecord, kept, {}); });
}

void LineageKeeper::NoteRestored(std::string_view reason) {
  if (restored_) return;
  const std::lock_guard lock(mutex_);
  reason_ = reason;
  restored_ = true;
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
    next = before;
    AddPast(next, before.log);
    if (seen) AddPast(next, seen->log);
    SALLYPORT_ASSIGN(const auto record, tx.Get(kForeignLogIdsRecord));
    SALLYPORT_ASSIGN(const auto foreign, IdsFrom(record.value_or("")));
    for (const revocation::LogId& id : foreign) AddPast(next, id);
    next.log = log;
    next.generation = std::max(before.generation, seen ? seen->generation : 0) + 1;
    SetLineage(tx, next);
    SALLYPORT_TRY(tx.Delete(kForeignLogIdsRecord));
    return tx.Delete(kRestoredRecord);
  }));
  {
    const std::lock_guard lock(mutex_);
    lineage_ = next;
    reason_.clear();
    restored_ = false;
  }
  return parts_.file ? parts_.file->Create(MakeWitness()) : base::Status();
}

base::Status LineageKeeper::Adopt(const Lineage& lineage) {
  const std::lock_guard raise_lock(raise_mutex_);
  const std::lock_guard file_lock(file_mutex_);
  SALLYPORT_TRY(parts_.commit([&](PostgresTx& tx) -> base::Status {
    tx.SetMeta(kMetaStoreId, BytesOfId(lineage.store));
    SetLineage(tx, lineage);
    return tx.Delete(kCopyingRecord);
  }));
  {
    const std::lock_guard lock(mutex_);
    lineage_ = lineage;
  }
  return parts_.file ? parts_.file->Create(MakeWitness()) : base::Status();
}

}  // namespace sallyport::store::postgres
