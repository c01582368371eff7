#include "store_postgres/owner.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kRead{"owner-read", "SELECT server, beat, period_millis FROM sallyport.owner"};
// By compare-and-swap on all that was read.
constexpr Statement kTake{"owner-take",
                          "UPDATE sallyport.owner SET server=$1::bytea, beat=$2::bigint+1, "
                          "period_millis=$3::bigint WHERE "
                          "server=$4::bytea AND beat=$2::bigint"};
constexpr Statement kBeat{
    "owner-beat",
    "UPDATE sallyport.owner SET beat=$2::bigint WHERE server=$1::bytea AND beat=$3::bigint"};
constexpr Statement kGiveUp{"owner-give-up",
                            "UPDATE sallyport.owner SET server='' WHERE server=$1::bytea"};

constexpr auto kLookPeriod = std::chrono::milliseconds(250);
constexpr int64_t kNanosPerMilli = 1'000'000;

int64_t BootNanos() {
  return base::SystemClock::Get().BootNanos();
}

std::string NewServerId() {
  std::array<uint8_t, 16> id{};
  base::RandomBytes(id);
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

struct Row {
  std::string server;
  int64_t beat = 0;
  int64_t period_millis = 0;
};

Outcome<Row> ReadRow(Connection& connection, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kRead, {}, deadline));
  if (rows.count() != 1) return Failure{Failure::Kind::kOther, "sallyport.owner has not one row"};
  return Row{std::string(rows.Bytes(0, 0)), rows.Integer(0, 1), rows.Integer(0, 2)};
}

base::Error Taken(const std::string& shown) {
  return UnusableDatabase(fmt::format(
      "{}: another server is serving this database, and this version has one server for each "
      "database: stop that one first",
      shown));
}

// Watches a row that is another's, until its server must have ended.
base::Status AwaitEnd(Connection& connection, const Row& row, const std::string& shown,
                      std::chrono::milliseconds answer) {
  const int64_t wait_millis = row.period_millis + row.period_millis / 4 + 50;
  base::LogInfo("the last server of the database did not end in order: waiting until it must have",
                {{"store", shown}, {"milliseconds", wait_millis}});
  const int64_t until = BootNanos() + wait_millis * kNanosPerMilli;
  while (BootNanos() < until) {
    std::this_thread::sleep_for(kLookPeriod);
    const auto now = ReadRow(connection, After(answer));
    if (!now) return UnusableDatabase(fmt::format("{}: cannot be read", shown), now.error());
    if (now->server != row.server || now->beat != row.beat) return Taken(shown);
  }
  return {};
}

}  // namespace

Owner::Owner(Pool& pool, Options options)
    : pool_(pool), options_(std::move(options)), id_(NewServerId()) {}

base::Result<std::unique_ptr<Owner>> Owner::Take(Pool& pool, const std::string& shown,
                                                 Options options) {
  std::unique_ptr<Owner> owner(new Owner(pool, std::move(options)));
  const auto answer = owner->options_.period;
  const auto unusable = [&](const Failure& failure) {
    return UnusableDatabase(fmt::format("{}: whose it is cannot be read", shown), failure);
  };
  auto connection = pool.Open(After(answer));
  if (!connection) return unusable(connection.error());
  owner->connection_ = std::move(*connection);
  auto row = ReadRow(*owner->connection_, After(answer));
  if (!row) return unusable(row.error());
  if (!row->server.empty()) {
    SALLYPORT_TRY(AwaitEnd(*owner->connection_, *row, shown, answer));
  }
  const int64_t sent = BootNanos();
  const auto taken = owner->connection_->Run(kTake,
                                             Values()
                                                 .Bytes(owner->id_)
                                                 .Integer(row->beat)
                                                 .Integer(owner->options_.period.count())
                                                 .Bytes(row->server),
                                             After(answer));
  if (!taken) return unusable(taken.error());
  if (taken->affected() != 1) return Taken(shown);
  owner->beat_ = owner->tried_ = row->beat + 1;
  owner->owned_until_ = sent + owner->options_.period.count() * kNanosPerMilli;
  owner->thread_ = std::thread([self = owner.get()] { self->Loop(); });
  return owner;
}

Owner::~Owner() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
  if (connection_ == nullptr || !connection_->usable()) {
    auto opened = pool_.Open(After(options_.period / 4));
    if (!opened) return;
    connection_ = std::move(*opened);
  }
  // Where it cannot be, the next server waits until this one must have ended.
  (void)connection_->Run(kGiveUp, Values().Bytes(id_), After(options_.period / 4));
}

bool Owner::owned() const {
  return BootNanos() < owned_until_.load(std::memory_order_acquire);
}

void Owner::Loop() {
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, options_.period / 4, [this] { return stopping_; })) {
    lock.unlock();
    const bool own = Beat();
    lock.lock();
    if (own) continue;
    owned_until_ = 0;
    options_.on_lost("another server has taken the database over");
    return;
  }
}

bool Owner::Beat() {
  const Deadline deadline = After(options_.period / 4);
  if (connection_ == nullptr || !connection_->usable()) {
    auto opened = pool_.Open(deadline);
    if (!opened) {
      NoteAnswer(opened.error().cause);
      return true;
    }
    connection_ = std::move(*opened);
  }
  // What became of a beat without an answer.
  if (tried_ != beat_ && !ReadBack()) return false;
  if (!connection_->usable()) return true;
  tried_ = beat_ + 1;
  const int64_t sent = BootNanos();
  const auto done = connection_->Run(kBeat, Values().Bytes(id_).Integer(tried_).Integer(beat_),
                                     After(options_.period / 4));
  if (!done) {
    NoteAnswer(done.error().cause);
    return true;
  }
  if (done->affected() != 1) return ReadBack();
  beat_ = tried_;
  NoteAnswer({});
  // Cut off its wait for a standby, it may be lost yet: a later one counts.
  if (connection_->warned()) return true;
  owned_until_.store(sent + options_.period.count() * kNanosPerMilli, std::memory_order_release);
  return true;
}

void Owner::NoteAnswer(const std::string& why_not) {
  if (std::exchange(answers_, why_not.empty()) == why_not.empty()) return;
  if (why_not.empty()) return base::LogInfo("the database answers again");
  base::LogWarning("the database does not answer", {{"cause", why_not}});
}

bool Owner::ReadBack() {
  const auto row = ReadRow(*connection_, After(options_.period / 4));
  if (!row) return true;
  if (row->server != id_) return false;
  // A beat of its own that came late, or was lost with a failover: it goes on from what is there.
  beat_ = tried_ = row->beat;
  return true;
}

}  // namespace sallyport::store::postgres
