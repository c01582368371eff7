#include "store_postgres/numberer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#ifdef SALLYPORT_TEST_FAULTS
#include <filesystem>

#include "base/test_fault.h"
#endif

namespace sallyport::store::postgres {
namespace {

constexpr Statement kBeginNumbering{"number-begin", "BEGIN"};
constexpr Statement kCommitNumbering{"number-commit", "COMMIT"};
// The revoking calls of every server wait for this lock. A server that stands still in the middle,
// or that is cut off from the database, must not keep it.
constexpr Statement kNotForLong{"number-not-for-long",
                                "SET LOCAL idle_in_transaction_session_timeout=1000"};
constexpr Statement kLockHead{"number-lock",
                              "SELECT sequence, hash, rows FROM sallyport.log_head FOR UPDATE"};
// Statements of their own, so that each sees what was committed before it began: the lock on the
// head comes first.
constexpr Statement kPending{
    "number-pending",
    "SELECT id, kind, subject, detail, keep_until FROM sallyport.log_pending ORDER BY id LIMIT "
    "$1::bigint"};
constexpr Statement kInsert{
    "number-insert",
    "INSERT INTO sallyport.log_entries SELECT * FROM unnest($1::bigint[], $2::bytea[], "
    "$3::bigint[], $4::bytea[], $5::bytea[], $6::bigint[])"};
constexpr Statement kDelete{"number-delete",
                            "DELETE FROM sallyport.log_pending WHERE id=ANY($1::bigint[])"};
constexpr Statement kSetHead{
    "number-head",
    "UPDATE sallyport.log_head SET sequence=$1::bigint, hash=$2::bytea, rows=$3::bigint"};
// Wakes the other servers when the numbering is committed.
constexpr Statement kNotify{"number-notify", "SELECT pg_notify('sallyport', '')"};
constexpr Statement kEmptyEntries{"empty-entries", "DELETE FROM sallyport.log_entries"};
constexpr Statement kEmptyPending{"empty-pending", "DELETE FROM sallyport.log_pending"};
constexpr Statement kExpire{
    "number-expire",
    "WITH gone AS (DELETE FROM sallyport.log_entries WHERE sequence IN (SELECT sequence FROM "
    "sallyport.log_entries WHERE keep_until<$1::bigint AND sequence<$2::bigint LIMIT $3::bigint) "
    "RETURNING 1), counted AS (SELECT count(*) AS n FROM gone) UPDATE sallyport.log_head SET "
    "rows=rows-counted.n FROM counted RETURNING counted.n"};

constexpr size_t kPage = 2000;
constexpr auto kNewConnectionPause = std::chrono::milliseconds(50);
constexpr auto kIdlePeriod = std::chrono::seconds(2);
constexpr auto kNumberAgainPeriod = std::chrono::milliseconds(500);

}  // namespace

Numberer::Numberer(Pool& pool, Options options) : pool_(pool), options_(std::move(options)) {}

Numberer::~Numberer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

Outcome<void> Numberer::Start() {
  SALLYPORT_TRY(NumberAll());
  thread_ = std::thread([this] { Loop(); });
  return {};
}

Outcome<uint64_t> Numberer::HeadFromNow(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = ++wanted_;
  asked_.notify_one();
  answered_.wait_until(lock, deadline,
                       [&] { return done_ >= ticket || failed_ >= ticket || stopping_; });
  if (done_ >= ticket) {
    lock.unlock();
    return head().sequence;
  }
  if (failed_ >= ticket && failure_) return *failure_;
  return Failure{Failure::Kind::kLost, "the log was not numbered in time"};
}

void Numberer::Loop() {
  std::unique_lock lock(mutex_);
  bool failed = false;
  while (true) {
    const auto behind = [&] { return follow_.sequence > head().sequence; };
    const auto due = [&] {
      return stopping_ || wanted_ > std::max(done_, failed_) || (!failed && behind());
    };
    // Also numbers when nobody asks, because there may be entries whose commit's answer was lost,
    // and because the database may have lost entries.
    asked_.wait_for(lock, failed ? kNumberAgainPeriod : kIdlePeriod, due);
    if (stopping_) return;
    if (behind() && wanted_ == std::max(done_, failed_)) {
      const revocation::LogPosition upto = follow_;
      lock.unlock();
      const auto read = ReadUpTo(upto);
      lock.lock();
      if (!read && !failed) {
        base::LogWarning("the log cannot be read; it is tried again and again",
                         {{"cause", read.error().cause}});
      }
      failed = !read;
      continue;
    }
    const uint64_t upto = wanted_;
    lock.unlock();
    const auto numbered = NumberAll();
    lock.lock();
    if (numbered) {
      done_ = upto;
      if (failed) base::LogInfo("the log is numbered again");
    } else {
      failed_ = upto;
      failure_ = numbered.error();
      if (!failed) {
        base::LogWarning("the log cannot be numbered; it is tried again and again",
                         {{"cause", numbered.error().cause}});
      }
    }
    failed = !numbered;
    answered_.notify_all();
  }
}

Outcome<void> Numberer::NumberAll() {
  const Deadline deadline = After(options_.budget);
  while (true) {
    std::unique_lock lock(working_);
    auto more = NumberOnce(deadline);
    if (more) {
      if (!*more) return {};
      continue;
    }
    // It is not known what was done of it, so the head is read anew, on another connection.
    recent_.Clear();
    connection_.reset();
    lock.unlock();
    const Failure::Kind kind = more.error().kind;
    const bool dead = kind == Failure::Kind::kLost || kind == Failure::Kind::kAway;
    if (!dead || std::chrono::steady_clock::now() + kNewConnectionPause >= deadline) {
      return std::move(more).error();
    }
    std::this_thread::sleep_for(kNewConnectionPause);
  }
}

Outcome<void> Numberer::Connect(Deadline deadline) {
  if (connection_ != nullptr && connection_->usable()) return {};
  SALLYPORT_ASSIGN(connection_, pool_.Open(deadline));
  return {};
}

Outcome<Numberer::Locked> Numberer::LockHead(Deadline deadline) {
  SALLYPORT_TRY(Connect(deadline));
  connection_->Add(kBeginNumbering);
  connection_->Add(kNotForLong);
  connection_->Add(kLockHead);
  connection_->Add(kPending, Values().Integer(kPage));
  SALLYPORT_ASSIGN(std::vector<Rows> answers, connection_->Run(deadline));
  if (answers.size() != 4 || answers[2].count() != 1) {
    return Failure{Failure::Kind::kOther, "sallyport.log_head has not one row"};
  }
  Locked locked{{static_cast<uint64_t>(answers[2].Integer(0, 0)), {}},
                static_cast<uint64_t>(answers[2].Integer(0, 2)),
                std::move(answers[3])};
  SALLYPORT_ASSIGN(locked.head.hash, HashFrom(answers[2].Bytes(0, 1)));
  const revocation::LogPosition known = head();
  const bool lost = locked.head.sequence < known.sequence ||
                    (locked.head.sequence == known.sequence && locked.head.hash != known.hash);
  if (!lost) return locked;
  // What was read may be of a database that has been replaced, and which confirms nothing.
  SALLYPORT_TRY(Commit(deadline));
  // The database has failed over to a standby that did not have everything. The next start finds
  // that by the witness file.
  options_.on_lost("the database has lost entries of the log that it had confirmed");
  return Failure{Failure::Kind::kUnknown, "the database has lost entries of the log"};
}

Outcome<void> Numberer::Commit(Deadline deadline) {
  SALLYPORT_TRY(connection_->Run(kCommitNumbering, {}, deadline));
  // The commit's wait for a standby was interrupted, so it counts only when a later commit is
  // confirmed.
  if (connection_->warned()) return Failure{Failure::Kind::kLost, "a commit was not confirmed"};
  return {};
}

void Numberer::AddEntries(const std::vector<revocation::LogEntry>& entries, uint64_t rows) {
  std::vector<int64_t> sequences, kinds, keeps;
  std::vector<std::string_view> hashes, subjects, details;
  for (const revocation::LogEntry& entry : entries) {
    sequences.push_back(static_cast<int64_t>(entry.position.sequence));
    hashes.push_back(BytesOf(entry.position.hash));
    kinds.push_back(static_cast<int64_t>(entry.revocation.kind));
    subjects.push_back(entry.revocation.subject);
    details.push_back(entry.revocation.detail);
    keeps.push_back(entry.revocation.keep_until);
  }
  connection_->Add(kInsert, Values()
                                .IntegerArray(sequences)
                                .ByteArray(hashes)
                                .IntegerArray(kinds)
                                .ByteArray(subjects)
                                .ByteArray(details)
                                .IntegerArray(keeps));
  connection_->Add(
      kSetHead,
      Values().Integer(sequences.back()).Bytes(hashes.back()).Integer(static_cast<int64_t>(rows)));
}

Outcome<void> Numberer::EmptyLog(Deadline deadline) {
  const std::lock_guard lock(working_);
  SALLYPORT_TRY(LockHead(deadline));
  connection_->Add(kEmptyEntries);
  connection_->Add(kEmptyPending);
  connection_->Add(kSetHead, Values().Integer(0).Bytes(BytesOf(revocation::LogHash{})).Integer(0));
  SALLYPORT_TRY(Commit(deadline));
  {
    const std::lock_guard following(mutex_);
    follow_ = {};
  }
  recent_.Clear();
  Publish({}, 0, {});
  return {};
}

Outcome<void> Numberer::Adopt(const std::vector<revocation::LogEntry>& entries, Deadline deadline) {
  if (entries.empty()) return {};
  const std::lock_guard lock(working_);
  SALLYPORT_ASSIGN(const Locked locked, LockHead(deadline));
  const uint64_t rows = locked.rows + entries.size();
  AddEntries(entries, rows);
  SALLYPORT_TRY(Commit(deadline));
  recent_.Clear();
  Publish(entries.back().position, rows, {});
  return {};
}

Outcome<bool> Numberer::NumberOnce(Deadline deadline) {
  SALLYPORT_ASSIGN(Locked locked, LockHead(deadline));
  std::vector<revocation::LogEntry> entries;
  std::vector<int64_t> ids;
  revocation::LogPosition head = locked.head;
  for (int row = 0; row < locked.pending.count(); ++row) {
    const Rows& pending = locked.pending;
    revocation::Revocation revocation{static_cast<revocation::Kind>(pending.Integer(row, 1)),
                                      std::string(pending.Bytes(row, 2)),
                                      std::string(pending.Bytes(row, 3)), pending.Integer(row, 4)};
    const uint64_t sequence = head.sequence + 1;
    head = {sequence, revocation::NextHash(head.hash, sequence, revocation)};
    ids.push_back(pending.Integer(row, 0));
    entries.push_back({head, std::move(revocation)});
  }
  const uint64_t rows = locked.rows + entries.size();
  if (!entries.empty()) {
    AddEntries(entries, rows);
    connection_->Add(kDelete, Values().IntegerArray(ids));
    connection_->Add(kNotify);
  }
  SALLYPORT_TRY(Commit(deadline));
  const bool more = entries.size() == kPage;
  // Other servers have numbered entries, or this one has, and the answer was lost.
  if (locked.head != this->head()) recent_.Clear();
  Publish(head, rows, std::move(entries));
  return more;
}

void Numberer::Follow(const revocation::LogPosition& head) {
  {
    const std::lock_guard lock(mutex_);
    if (head.sequence <= follow_.sequence) return;
    follow_ = head;
  }
  asked_.notify_one();
}

Outcome<void> Numberer::ReadUpTo(const revocation::LogPosition& head) {
  const std::lock_guard lock(working_);
  {
    // The log was emptied meanwhile.
    const std::lock_guard following(mutex_);
    if (follow_.sequence < head.sequence) return {};
  }
  const revocation::LogPosition from = this->head();
  if (from.sequence >= head.sequence) return {};
  const Deadline deadline = After(options_.budget);
#ifdef SALLYPORT_TEST_FAULTS
  // For tests: while the file that this variable names exists, the reader of the log is stuck.
  const char* const stuck = std::getenv("SALLYPORT_STUCK_WHILE");
  if (stuck != nullptr && std::filesystem::exists(stuck)) {
    return Failure{Failure::Kind::kOther, "the reader of the log is stuck"};
  }
#endif
  std::vector<revocation::LogEntry> entries;
  if (head.sequence - from.sequence <= kPage) {
    const auto read = [&]() -> Outcome<std::vector<revocation::LogEntry>> {
      SALLYPORT_TRY(Connect(deadline));
      return ReadEntries(*connection_, from.sequence, kPage, deadline);
    };
    auto found = read();
    if (!found) {
      connection_.reset();
      return std::move(found).error();
    }
    entries = *std::move(found);
    // What came after it is not known to be durable.
    while (!entries.empty() && entries.back().position.sequence > head.sequence) entries.pop_back();
  }
  // A longer part, or one of which entries have expired, is read from the database by those who
  // want it.
  const bool whole = !entries.empty() && entries.back().position == head &&
                     entries.size() == head.sequence - from.sequence;
  if (!whole) recent_.Clear();
  const uint64_t rows = this->rows() + (head.sequence - from.sequence);
  Publish(head, rows, whole ? std::move(entries) : std::vector<revocation::LogEntry>());
  return {};
}

void Numberer::Publish(const revocation::LogPosition& head, uint64_t rows,
                       std::vector<revocation::LogEntry> entries) {
  recent_.Add(std::move(entries));
  bool moved = false;
  {
    const std::lock_guard lock(published_mutex_);
    moved = head_.sequence != head.sequence;
    head_ = head;
    rows_ = rows;
  }
  if (!moved) return;
  const std::lock_guard lock(on_append_mutex_);
  if (on_append_) on_append_(head);
}

Outcome<uint64_t> Numberer::DeleteExpired(int64_t now_seconds, size_t limit, Deadline deadline) {
  const std::lock_guard lock(working_);
  const auto expire = [&]() -> Outcome<uint64_t> {
    SALLYPORT_ASSIGN(const Locked locked, LockHead(deadline));
    connection_->Add(kExpire, Values()
                                  .Integer(now_seconds)
                                  .Integer(static_cast<int64_t>(locked.head.sequence))
                                  .Integer(static_cast<int64_t>(limit)));
    connection_->Add(kCommitNumbering);
    SALLYPORT_ASSIGN(const std::vector<Rows> answers, connection_->Run(deadline));
    const auto gone = static_cast<uint64_t>(answers.at(0).Integer(0, 0));
    const std::lock_guard published(published_mutex_);
    rows_ = locked.rows - gone;
    return gone;
  };
  auto gone = expire();
  if (!gone) connection_.reset();
  if (!gone || *gone > 0) recent_.Clear();
  return gone;
}

revocation::LogPosition Numberer::head() const {
  const std::lock_guard lock(published_mutex_);
  return head_;
}

uint64_t Numberer::rows() const {
  const std::lock_guard lock(published_mutex_);
  return rows_;
}

void Numberer::OnAppend(std::function<void(revocation::LogPosition)> on_append) {
  const std::lock_guard lock(on_append_mutex_);
  on_append_ = std::move(on_append);
}

}  // namespace sallyport::store::postgres
