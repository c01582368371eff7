#include "store_postgres/upkeep.h"

#include "base/log.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kAddUp{
    "upkeep-counts",
    "WITH gone AS (DELETE FROM sallyport.counts WHERE name IN (SELECT name FROM sallyport.counts "
    "GROUP BY name HAVING count(*)>1) RETURNING name, records, bytes) INSERT INTO "
    "sallyport.counts SELECT name, sum(records)::bigint, sum(bytes)::bigint FROM gone GROUP BY "
    "name"};
// Ids are kept for an hour; an unknown outcome is looked up within seconds.
constexpr Statement kForget{
    "upkeep-commits",
    "DELETE FROM sallyport.commits WHERE id IN (SELECT id FROM sallyport.commits WHERE "
    "made<now()-interval '1 hour' LIMIT 10000)"};
constexpr Statement kSize{"upkeep-size", "SELECT pg_database_size(current_database())"};

// A server that stops in the middle of what it sends, or reads, keeps its locks, for which others
// wait, and no time-out of PostgreSQL ends that: idle_in_transaction_session_timeout begins when a
// pipeline has ended, and statement_timeout ends no wait for a client. Only who holds others up is
// ended, and no tool that copies tables.
constexpr Statement kEndStuck{
    "upkeep-stuck",
    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
    "datname=current_database() AND usename=current_user AND backend_type='client backend' AND "
    "pid<>pg_backend_pid() AND state='active' AND wait_event IN ('ClientRead', 'ClientWrite') AND "
    "xact_start<clock_timestamp()-interval '2 s' AND "
    "state_change<clock_timestamp()-interval '2 s' AND query NOT ILIKE 'copy%' AND "
    "pid IN (SELECT unnest(pg_blocking_pids(w.pid)) FROM pg_stat_activity w WHERE "
    "w.datname=current_database() AND w.wait_event_type='Lock')"};

constexpr auto kPeriod = std::chrono::seconds(1);
constexpr uint64_t kLooksForWork = 5;

}  // namespace

Upkeep::Upkeep(Pool& pool, uint64_t greatest_bytes, std::chrono::milliseconds budget)
    : pool_(pool), greatest_bytes_(greatest_bytes), budget_(budget) {}

void Upkeep::Start() {
  if (const auto worked = Work(); !worked) {
    base::LogWarning("upkeep of the database is put off", {{"cause", worked.error().cause}});
  }
  thread_ = std::thread([this] { Loop(); });
}

Upkeep::~Upkeep() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void Upkeep::Loop() {
  std::unique_lock lock(mutex_);
  for (uint64_t look = 1; !woken_.wait_for(lock, kPeriod, [this] { return stopping_; }); ++look) {
    lock.unlock();
    Outcome<void> done = EndStuck();
    if (done && look % kLooksForWork == 0) done = Work();
    if (!done && look % kLooksForWork == 0) {
      base::LogWarning("upkeep of the database is put off", {{"cause", done.error().cause}});
    }
    lock.lock();
  }
}

Outcome<void> Upkeep::EndStuck() {
  const Deadline deadline = After(budget_);
  SALLYPORT_ASSIGN(const Pool::Lease lease, pool_.Take(deadline));
  SALLYPORT_ASSIGN(const Rows ended, lease->Run(kEndStuck, {}, deadline));
  if (ended.Integer(0, 0) > 0) {
    base::LogWarning("transactions of a server that stands still were ended",
                     {{"transactions", ended.Integer(0, 0)}});
  }
  return {};
}

Outcome<void> Upkeep::Work() {
  const Deadline deadline = After(budget_);
  SALLYPORT_ASSIGN(const Pool::Lease lease, pool_.Take(deadline));
  if (greatest_bytes_ > 0) {
    SALLYPORT_ASSIGN(const Rows size, lease->Run(kSize, {}, deadline));
    const bool too_large = static_cast<uint64_t>(size.Integer(0, 0)) >= greatest_bytes_;
    if (too_large != too_large_) {
      base::LogWarning(
          too_large ? "the database has reached its greatest size: only calls that revoke are "
                      "accepted"
                    : "the database is smaller than its greatest size again",
          {{"bytes", size.Integer(0, 0)}});
    }
    too_large_ = too_large;
  }
  SALLYPORT_TRY(lease->Run(kAddUp, {}, deadline));
  // Once a minute.
  if (rounds_++ % 12 == 0) SALLYPORT_TRY(lease->Run(kForget, {}, deadline));
  return {};
}

}  // namespace sallyport::store::postgres
