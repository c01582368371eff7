#include "store_postgres/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "store_postgres/schema.h"

namespace sallyport::store::postgres {
namespace {

using std::chrono::milliseconds;

// The least time between the beginnings of two beats.
constexpr milliseconds kSpacing(3);
constexpr milliseconds kAgainPause(50);
constexpr milliseconds kLookPeriod(250);
constexpr Statement kListen{"listen", "LISTEN sallyport"};
constexpr Statement kHeadNow{"listen-head", "SELECT sequence FROM sallyport.log_head"};

int64_t BootNanos() {
  return base::SystemClock::Get().BootNanos();
}

std::string NewServerId() {
  std::array<uint8_t, 16> id{};
  base::RandomBytes(id);
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// For how long the counter of a server that is taken for dead must not have changed.
int64_t DeadNanos(int64_t period_millis) {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("removes-early")) return period_millis * 3 / 8 * base::kNanosPerMilli;
#endif
  return (period_millis + period_millis / 4 + 50) * base::kNanosPerMilli;
}

base::Error Taken(const std::string& shown) {
  return UnusableDatabase(fmt::format(
      "{}: another server is serving this database, or a command is at work on it, and one of the "
      "two must be alone: stop that one first",
      shown));
}

}  // namespace

Membership::Membership(Pool& pool, Options options) : pool_(pool), options_(std::move(options)) {}

base::Result<std::unique_ptr<Membership>> Membership::Join(Pool& pool, const std::string& shown,
                                                           Options options) {
  std::unique_ptr<Membership> joined(new Membership(pool, std::move(options)));
  SALLYPORT_TRY(joined->Enter(shown));
  return joined;
}

base::Status Membership::Enter(const std::string& shown) {
  const auto unusable = [&](const Failure& failure) {
    return UnusableDatabase(fmt::format("{}: the servers' rows cannot be read", shown), failure);
  };
  while (id_.empty()) {
    auto connected = Connect(After(options_.period));
    // The first may be one that has been replaced.
    for (size_t host = 1; !connected && host < pool_.hosts(); ++host) {
      connected = Connect(After(options_.period));
    }
    if (!connected) return unusable(connected.error());
    auto rows = ReadServers(*connection_, After(options_.period));
    if (!rows) return unusable(rows.error());
    // If this server need not be the only one, the others are watched later on.
    if (!options_.alone) {
      std::erase_if(*rows, [](const ServerRow& row) { return !row.alone; });
    }
    SALLYPORT_TRY(AwaitEndOf(*rows, shown));
    const std::string id = NewServerId();
    const auto inserted = InsertServer(
        *connection_, {.id = id, .period_millis = options_.period.count(), .alone = options_.alone},
        After(options_.period));
    if (!inserted) return unusable(inserted.error());
    if (*inserted) id_ = id;
  }
  entered_ = true;
  counter_ = tried_ = 1;
  // The log is not known yet, so the row holds back the head that the statement found.
  const int64_t sent = BootNanos();
  uint64_t beat = 0;
  {
    const std::lock_guard lock(mutex_);
    beat = ++begun_;
  }
  tried_ = counter_ + 1;
  const auto log = ReadMeta(*connection_, kMetaLogId, After(options_.period));
  if (!log) return unusable(log.error());
  BeatSent first{.id = id_, .counter = tried_, .before = counter_, .log = {}, .applied = {}};
  std::copy_n(log->begin(), std::min(log->size(), first.log.size()), first.log.begin());
  const auto answer = SendBeat(*connection_, first, After(options_.period));
  if (!answer) return unusable(answer.error());
  if (!answer->number) return Taken(shown);
  counter_ = tried_;
  Confirm(beat, sent, *answer);
  return {};
}

// Watches rows that must go, until their servers must have ended, and removes them.
base::Status Membership::AwaitEndOf(const std::vector<ServerRow>& rows, const std::string& shown) {
  if (rows.empty()) return {};
  int64_t wait_nanos = 0;
  for (const ServerRow& row : rows) wait_nanos = std::max(wait_nanos, DeadNanos(row.period_millis));
  base::LogInfo(
      "a server of the database did not end in order: waiting until it can no longer be running",
      {{"store", shown}, {"milliseconds", wait_nanos / base::kNanosPerMilli}});
  const int64_t until = BootNanos() + wait_nanos;
  bool over = false;
  while (!over) {
    std::this_thread::sleep_for(kLookPeriod);
    over = BootNanos() >= until;
    const auto now = ReadServers(*connection_, After(options_.period));
    if (!now) return UnusableDatabase(fmt::format("{}: cannot be read", shown), now.error());
    for (const ServerRow& row : rows) {
      const auto there = std::find_if(now->begin(), now->end(),
                                      [&](const ServerRow& one) { return one.id == row.id; });
      if (there != now->end() && there->counter != row.counter) return Taken(shown);
    }
  }
  for (const ServerRow& row : rows) {
    const auto removed = RemoveServer(*connection_, row.id, row.counter, After(options_.period));
    if (!removed)
      return UnusableDatabase(fmt::format("{}: cannot be written", shown), removed.error());
  }
  return {};
}

void Membership::Start() {
  thread_ = std::thread([this] { Loop(); });
  listener_ = std::thread([this] { Listen(); });
}

void Membership::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (listener_.joinable()) listener_.join();
}

Membership::~Membership() {
  Stop();
  if (id_.empty()) return;
  const Deadline deadline = After(options_.period / 4);
  if (!Connect(deadline)) return;
  // If the row cannot be deleted, the others wait until this server must have ended.
  (void)GiveUpServer(*connection_, id_, deadline);
}

bool Membership::confirmed() const {
  return BootNanos() < confirmed_until_.load(std::memory_order_acquire);
}

PeersSeen Membership::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void Membership::AddFigures(DatabaseFigures& figures) const {
  figures.failed_beats = failed_beats_;
  figures.removed = removed_;
  const std::lock_guard lock(mutex_);
  figures.beats = confirmed_beats_;
  figures.registrations = seen_.registration;
  figures.servers = servers_;
}

uint64_t Membership::AskForBeat() {
  uint64_t next = 0;
  {
    const std::lock_guard lock(mutex_);
    next = begun_ + 1;
    if (std::exchange(wanted_, next) == next) return next;
  }
  woken_.notify_one();
  return next;
}

void Membership::TakeOver() {
  const std::lock_guard lock(mutex_);
  taken_over_ = true;
}

void Membership::NoteApplied() {
  {
    const std::lock_guard lock(mutex_);
    if (taken_over_) return;
    wanted_ = begun_ + 1;
  }
  woken_.notify_one();
}

void Membership::Hold(uint64_t position, bool settled) {
  {
    const std::lock_guard lock(mutex_);
    if (position <= hold_ && settled == settled_) return;
    hold_ = std::max(hold_, position);
    settled_ = settled;
  }
  woken_.notify_one();
}

void Membership::OnBeat(std::function<void()> on_beat) {
  const std::lock_guard lock(on_beat_mutex_);
  on_beat_ = std::move(on_beat);
}

void Membership::Loop() {
  auto next_regular = Steady::now() + options_.period / 4;
  bool well = true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto due = [&] {
      return stopping_ ||
             (well && (wanted_ > begun_ || hold_ > sent_hold_ || settled_ != sent_settled_));
    };
    woken_.wait_until(lock, well ? next_regular : Steady::now() + kAgainPause, due);
    if (stopping_) return;
    lock.unlock();
    const auto begun = Steady::now();
    well = Work();
    next_regular = begun + options_.period / 4;
    lock.lock();
    // All that ask meanwhile share one beat.
    woken_.wait_until(lock, begun + kSpacing, [this] { return stopping_; });
  }
}

bool Membership::Work() {
  const Deadline deadline = After(options_.period / 4);
  const auto step = [&](const Outcome<void>& done) {
    if (done) return true;
    // What was read before cannot be compared with what is read after it.
    watched_.clear();
    ++failed_beats_;
    NoteAnswer(done.error().cause);
    // Another host may accept writes.
    if (done.error().kind == Failure::Kind::kReadOnly) connection_.reset();
    return false;
  };
  if (!step(Connect(deadline))) return false;
  if (!entered_ && !step(Register(deadline))) return false;
  if (!step(Beat(deadline))) return false;
  NoteAnswer({});
  return true;
}

Outcome<void> Membership::Connect(Deadline deadline) {
  if (connection_ != nullptr && connection_->usable()) return {};
  connection_.reset();
  SALLYPORT_ASSIGN(auto found, pool_.OpenAnew(deadline));
  // A database that has been replaced may still answer, and nothing must be read from it.
  SALLYPORT_TRY(Settle(*found, deadline));
  pool_.Follow(*found);
  connection_ = std::move(found);
  return {};
}

Outcome<void> Membership::Register(Deadline deadline) {
  if (id_.empty()) id_ = NewServerId();
  // An earlier attempt may have been committed although its answer was lost.
  SALLYPORT_ASSIGN(const std::vector<ServerRow> rows, ReadServers(*connection_, deadline));
  const auto own = std::find_if(rows.begin(), rows.end(),
                                [this](const ServerRow& row) { return row.id == id_; });
  if (own == rows.end()) {
    SALLYPORT_ASSIGN(const bool inserted,
                     InsertServer(*connection_,
                                  {.id = id_, .period_millis = options_.period.count()}, deadline));
    if (!inserted) {
      options_.on_lost("a command is at work on the database alone");
      return Failure{Failure::Kind::kUnknown, "a command is at work on the database alone"};
    }
    counter_ = tried_ = 1;
  } else {
    counter_ = tried_ = own->counter;
  }
  entered_ = true;
  base::LogInfo("registered anew as one of the database's servers");
  return {};
}

void Membership::LoseRow() {
  entered_ = false;
  id_.clear();
  confirmed_counter_ = 0;
  first_beat_ = true;
  sent_hold_ = 0;
  watched_.clear();
  confirmed_until_ = 0;
  leads_ = false;
  base::LogWarning(
      "other servers have taken this one for dead, because it was silent for too long: every lease "
      "that it granted is over, and it registers anew");
  if (options_.alone) {
    options_.on_lost("another server has taken the database over");
  }
}

Outcome<void> Membership::ReadBack(Deadline deadline) {
  SALLYPORT_ASSIGN(const std::vector<ServerRow> rows, ReadServers(*connection_, deadline));
  const auto own = std::find_if(rows.begin(), rows.end(),
                                [this](const ServerRow& row) { return row.id == id_; });
  const bool gone = own == rows.end();
  // Before anything is concluded from what is not there.
  if (gone || own->counter < confirmed_counter_) SALLYPORT_TRY(Settle(*connection_, deadline));
  if (gone) {
    LoseRow();
    return Failure{Failure::Kind::kLost, "the server's row is gone"};
  }
  if (own->counter < confirmed_counter_) {
    base::LogError(
        "the database has lost commits that it had confirmed, though no entry of the log that this "
        "server knows of: users, passwords and sessions may be as they were before",
        {{"beats", confirmed_counter_ - own->counter}});
    confirmed_counter_ = own->counter;
  }
  // An earlier beat of this server was committed late. It counts as soon as another one is
  // confirmed.
  counter_ = own->counter;
  return {};
}

bool Membership::LagsBehind(const revocation::LogPosition& applied) {
  while (!lacked_.empty() && lacked_.front().sequence <= applied.sequence) lacked_.pop_front();
  if (lacked_.empty()) return false;
  return BootNanos() - lacked_.front().since_nanos > DeadNanos(options_.period.count());
}

Outcome<void> Membership::Beat(Deadline deadline) {
  if (tried_ != counter_) SALLYPORT_TRY(ReadBack(deadline));
  const std::lock_guard beating(beating_);
  BeatSent sent{
      .id = id_, .before = counter_, .log = options_.log(), .applied = options_.applied()};
  if (LagsBehind(sent.applied)) {
    return Failure{Failure::Kind::kOther, "the log cannot be read as fast as it grows"};
  }
  tried_ = std::max(tried_, counter_) + 1;
  sent.counter = tried_;
  uint64_t beat = 0;
  {
    const std::lock_guard lock(mutex_);
    beat = ++begun_;
    if (!taken_over_) hold_ = std::max(hold_, sent.applied.sequence);
    sent.holds = hold_;
    sent.settled = settled_;
  }
  const int64_t sent_nanos = BootNanos();
  SALLYPORT_ASSIGN(const BeatAnswer answer, SendBeat(*connection_, sent, deadline));
  if (!answer.number) {
    const int64_t before = counter_;
    SALLYPORT_TRY(ReadBack(deadline));
    if (counter_ != before) return Failure{Failure::Kind::kLost, "a beat came late"};
    SALLYPORT_TRY(Settle(*connection_, deadline));
    options_.on_lost("the database has lost entries of the log that it had confirmed");
    return Failure{Failure::Kind::kUnknown, "the database has lost entries of the log"};
  }
  counter_ = tried_;
  // The commit's wait for a standby was interrupted, so this beat may still be lost. A later one
  // counts.
  if (connection_->warned()) return Failure{Failure::Kind::kLost, "a beat was not confirmed"};
  confirmed_counter_ = counter_;
  sent_hold_ = sent.holds;
  sent_settled_ = sent.settled;
  if (answer.head.sequence > sent.applied.sequence &&
      (lacked_.empty() || lacked_.back().sequence < answer.head.sequence)) {
    lacked_.push_back({answer.head.sequence, BootNanos()});
  }
  SALLYPORT_TRY(Watch(answer.others, sent_nanos, deadline));
  options_.on_answer(answer);
  Confirm(beat, sent_nanos, answer);
  return {};
}

Outcome<void> Membership::Watch(const std::vector<ServerRow>& others, int64_t sent_nanos,
                                Deadline deadline) {
  const int64_t answered = BootNanos();
  std::map<std::string, Watched> watched;
  for (const ServerRow& row : others) {
    const auto before = watched_.find(row.id);
    if (before == watched_.end() || before->second.counter != row.counter) {
      if (before != watched_.end() && row.settled) others_settled_ = true;
      watched[row.id] = {row.counter, answered};
      continue;
    }
    watched[row.id] = before->second;
    if (sent_nanos - before->second.answered_nanos < DeadNanos(row.period_millis)) continue;
    SALLYPORT_ASSIGN(const bool removed, RemoveServer(*connection_, row.id, row.counter, deadline));
    if (!removed) continue;
    ++removed_;
    base::LogWarning("another server of the database is dead: its row is removed");
  }
  watched_ = std::move(watched);
  return {};
}

void Membership::Confirm(uint64_t beat, int64_t sent_nanos, const BeatAnswer& answer) {
  bool leads = true;
  uint64_t others_hold = kNobodyHolds;
  for (const ServerRow& row : answer.others) {
    leads = leads && *answer.number < row.number;
    others_hold = std::min(others_hold, row.holds);
  }
  {
    const std::lock_guard lock(mutex_);
    ++confirmed_beats_;
    servers_ = 1 + answer.others.size();
    seen_.beat = beat;
    seen_.others_hold = others_hold;
    seen_.head = answer.head;
    seen_.others_settled = others_settled_;
    seen_.withdrawals = MetaNumber(answer.withdrawals.value_or(""));
    if (std::exchange(first_beat_, false)) {
      seen_.registration = ++registrations_;
      seen_.holds_from = answer.head.sequence;
    }
  }
  confirmed_until_.store(sent_nanos + options_.period.count() * base::kNanosPerMilli,
                         std::memory_order_release);
  if (leads != leads_) {
    base::LogInfo(leads ? "this server does the work that only one may do"
                        : "another server does the work that only one may do");
  }
  leads_ = leads;
  const std::lock_guard lock(on_beat_mutex_);
  if (on_beat_) on_beat_();
}

// Makes this server read new entries at once, which it would otherwise find by its next beat.
void Membership::Listen() {
  const auto stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  std::unique_ptr<Connection> connection;
  while (!stopping()) {
    if (connection == nullptr || !connection->usable()) {
      auto opened = pool_.Open(After(options_.period / 4));
      if (opened && (*opened)->Run(kListen, {}, After(options_.period / 4))) {
        connection = std::move(*opened);
      } else {
        std::this_thread::sleep_for(kLookPeriod);
        continue;
      }
    }
    bool grown = connection->AwaitNotification(After(kLookPeriod));
    if (!grown) {
      const auto head = connection->Run(kHeadNow, {}, After(options_.period / 4));
      grown = head && head->count() == 1 &&
              static_cast<uint64_t>(head->Integer(0, 0)) > options_.applied().sequence;
    }
    if (grown) AskForBeat();
  }
}

void Membership::NoteAnswer(const std::string& why_not) {
  if (std::exchange(answers_, why_not.empty()) == why_not.empty()) return;
  if (why_not.empty()) return base::LogInfo("the database answers again");
  base::LogWarning("the database does not answer", {{"cause", why_not}});
}

}  // namespace sallyport::store::postgres
