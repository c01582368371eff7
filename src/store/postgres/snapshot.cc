#include "store_postgres/snapshot.h"

#include <utility>

#include "store_postgres/thread_reads.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kBeginSnapshot{"begin-snapshot",
                                   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Statement kEndSnapshot{"end-snapshot", "COMMIT"};

std::optional<std::string> ValueOf(KnownRecord record) {
  return record ? std::optional(std::move(record->value)) : std::nullopt;
}

}  // namespace

PostgresSnapshot::PostgresSnapshot(const void* store, Pool& pool, Pool::Lease lease,
                                   std::chrono::milliseconds budget)
    : store_(store), pool_(pool), budget_(budget) {
  ReadsOfThread().EndReading();
  Begin(std::move(lease));
}

PostgresSnapshot::~PostgresSnapshot() {
  ReadsOfThread().EndReading();
  // One that has read nothing is begun and ended, and its connection is then as it was. Nobody
  // waits for its end, which cannot fail.
  if (!lease_ || !(*lease_)->usable()) return;
  (*lease_)->Add(kEndSnapshot);
  (*lease_)->SendOnly();
}

void PostgresSnapshot::Begin(Pool::Lease lease) {
  lease_.emplace(std::move(lease));
  (*lease_)->Add(kBeginSnapshot);
}

template <typename T, typename Function>
base::Result<T> PostgresSnapshot::Read(const Function& read) {
  auto outcome = lease_ ? read(**lease_) : Outcome<T>(Failure{Failure::Kind::kLost, "closed"});
  if (!outcome && outcome.error().kind == Failure::Kind::kLost && !has_read_) {
    lease_.reset();
    pool_.DropIdle();
    auto lease = pool_.Take(After(budget_));
    if (!lease) return ErrorOf(lease.error());
    Begin(*std::move(lease));
    outcome = read(**lease_);
  }
  has_read_ = true;
  if (!outcome) return ErrorOf(outcome.error());
  return *std::move(outcome);
}

base::Status PostgresSnapshot::ReadExpected() {
  ThreadReads& reads = ReadsOfThread();
  const Reads* const unread = reads.unread();
  if (unread == nullptr) return {};
  SALLYPORT_ASSIGN(ReadTogether read, Read<ReadTogether>([&](Connection& connection) {
                     return ReadAll(connection, *unread, After(budget_));
                   }));
  reads.NoteExpected(std::move(read));
  return {};
}

base::Result<std::optional<std::string>> PostgresSnapshot::Get(std::string_view key) {
  ThreadReads& reads = ReadsOfThread();
  if (reads.Expects(store_, key)) {
    SALLYPORT_TRY(ReadExpected());
    return ValueOf(reads.Take(key));
  }
  SALLYPORT_ASSIGN(KnownRecord record, Read<KnownRecord>([&](Connection& connection) {
                     return ReadKnown(connection, key, After(budget_));
                   }));
  reads.Note(store_, key, record);
  return ValueOf(std::move(record));
}

base::Result<std::vector<ListItem>> PostgresSnapshot::List(std::string_view index,
                                                           std::string_view prefix,
                                                           const std::optional<ListPosition>& after,
                                                           size_t limit) {
  ThreadReads& reads = ReadsOfThread();
  if (!after && limit == 1 && reads.ExpectsFirst(store_, index, prefix)) {
    SALLYPORT_TRY(ReadExpected());
    return reads.TakeFirst(index, prefix);
  }
  return Read<std::vector<ListItem>>([&](Connection& connection) {
    return ReadIndex(connection, index, prefix, after, limit, After(budget_));
  });
}

base::Result<IndexCount> PostgresSnapshot::CountOf(std::string_view index) {
  return Read<IndexCount>(
      [&](Connection& connection) { return ReadCount(connection, index, After(budget_)); });
}

}  // namespace sallyport::store::postgres
