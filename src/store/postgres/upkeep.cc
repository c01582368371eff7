#include "store_postgres/upkeep.h"

#include <utility>

#include "base/log.h"
#include "store_postgres/schema.h"

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
// pipeline has ended, and statement_timeout ends no wait for a client. Only transactions that hold
// others up are ended, and no tool that copies tables.
constexpr Statement kEndStuck{
    "upkeep-stuck",
    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
    "datname=current_database() AND usename=current_user AND backend_type='client backend' AND "
    "pid<>pg_backend_pid() AND state='active' AND wait_event IN ('ClientRead', 'ClientWrite') AND "
    "xact_start<clock_timestamp()-interval '2 s' AND "
    "state_change<clock_timestamp()-interval '2 s' AND query NOT ILIKE 'copy%' AND "
    "pid IN (SELECT unnest(pg_blocking_pids(w.pid)) FROM pg_stat_activity w WHERE "
    "w.datname=current_database() AND w.wait_event_type='Lock')"};

// Takes four MiB for a moment: each page of a new table is written when the table grows by it.
constexpr Statement kBeginProbe{"upkeep-probe-begin", "BEGIN"};
constexpr Statement kProbe{
    "upkeep-probe",
    "CREATE TEMPORARY TABLE sallyport_space ON COMMIT DROP AS SELECT generate_series(1, 110000)"};
constexpr Statement kEndProbe{"upkeep-probe-end", "COMMIT"};
// What can be changed while the database runs.
constexpr Statement kSettingsNow{
    "upkeep-settings",
    "SELECT current_setting('synchronous_standby_names')<>'', "
    "current_setting('fsync')='on' AND current_setting('full_page_writes')='on'"};

constexpr auto kPeriod = std::chrono::seconds(1);
constexpr uint64_t kLooksForWork = 5;

}  // namespace

Upkeep::Upkeep(Pool& pool, uint64_t greatest_bytes, std::chrono::milliseconds budget)
    : pool_(pool), greatest_bytes_(greatest_bytes), budget_(budget) {}

void Upkeep::NoteFull() {
  if (full_.exchange(true)) return;
  base::LogWarning("the database's disk is full: only calls that revoke are accepted");
}

void Upkeep::Start() {
  (void)LookAtSettings();
  if (const auto worked = Work(); !worked) {
    base::LogWarning("upkeep of the database has failed, and is tried again later",
                     {{"cause", worked.error().cause}});
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
    if (done) done = LookAtSettings();
    if (done && full_) done = LookForSpace();
    if (done && look % kLooksForWork == 0) done = Work();
    if (!done && look % kLooksForWork == 0) {
      base::LogWarning("upkeep of the database has failed, and is tried again later",
                       {{"cause", done.error().cause}});
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

Outcome<void> Upkeep::LookForSpace() {
  const Deadline deadline = After(budget_);
  // Of its own, since a connection that has had a temporary table keeps something of it.
  SALLYPORT_ASSIGN(const auto connection, pool_.Open(deadline));
  connection->Add(kBeginProbe);
  connection->Add(kProbe);
  connection->Add(kEndProbe);
  const auto taken = connection->Run(deadline);
  if (!taken && taken.error().kind == Failure::Kind::kFull) return {};
  if (!taken) return taken.error();
  full_ = false;
  base::LogInfo("the database's disk has space again: all calls are accepted");
  return {};
}

Outcome<void> Upkeep::LookAtSettings() {
  const Deadline deadline = After(budget_);
  SALLYPORT_ASSIGN(const Pool::Lease lease, pool_.Take(deadline));
  SALLYPORT_ASSIGN(const Rows now, lease->Run(kSettingsNow, {}, deadline));
  const bool confirmed = standbys_confirm_.exchange(now.Boolean(0, 0));
  const bool was_durable = std::exchange(durable_, now.Boolean(0, 1));
  if (was_durable && !durable_) {
    base::LogError(
        "fsync or full_page_writes was switched off while the database is running: a crash may "
        "lose what it "
        "has confirmed, revocations too");
  }
  // The state at the start was logged at the start.
  const bool changed = std::exchange(has_looked_, true) && confirmed != standbys_confirm_;
  if (changed && standbys_confirm_) base::LogInfo("a standby confirms commits");
  if (changed && !standbys_confirm_) base::LogWarning(kNoStandby);
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
