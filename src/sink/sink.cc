#include "sink/sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <utility>
#include <variant>

#include "agent/backoff.h"
#include "agent/enrolment_file.h"
#include "agent/feed_channel.h"
#include "agent/feed_connection.h"
#include "agent/local_endpoints.h"
#include "agent/signals.h"
#include "agent/tuple.h"
#include "base/log.h"
#include "base/random.h"
#include "sink/mirror.h"
#include "sink/report.h"

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kLeastPause{50};
constexpr milliseconds kGreatestPause{2'000};
// The server ends a connection on which it hears nothing for ten seconds.
constexpr int64_t kKeepAliveMillis = 2'000;
constexpr int64_t kLeastSilenceMillis = 10'000;
// The system ends a connection on which what was sent is not acknowledged for so long.
constexpr int kUnacknowledgedMillis = 10'000;
// A server says nothing to somebody without leases while nothing is revoked. Whether it is still
// there, and has nothing new, is what a new connection shows.
constexpr int64_t kQuietMillis = 20'000;
constexpr char kQuiet[] = "feed_quiet";
// How often it is looked whether the table still has what was written.
constexpr milliseconds kLookAtTable{2'000};

base::Error Broken(std::string cause) {
  return {"feed_broken", "the server sent something that the feed's protocol does not allow",
          std::move(cause)};
}

class Sink : public std::enable_shared_from_this<Sink> {
 public:
  Sink(asio::io_context& io, Options options, std::vector<channel::Address> servers,
       std::unique_ptr<dynamodb::CredentialsFile> credentials)
      : io_(io),
        options_(std::move(options)),
        servers_(std::move(servers)),
        mirror_(io, clock_,
                {.table = options_.table,
                 .ca_file = options_.ca_file,
                 .call_millis = options_.call_millis},
                std::move(credentials)),
        pause_timer_(io),
        renew_timer_(io),
        watch_timer_(io) {
    base::RandomBytes(instance_);
    behind_since_ = clock_.BootNanos();
  }

  base::Status Listen();
  void Begin();
  // To be called when the thread has ended io.run(): afterwards no call ends any more.
  void End() { mirror_.End(); }
  // Why it had to end; empty: it did not have to.
  const std::string& fatal() const { return fatal_; }

 private:
  asio::awaitable<void> Run();
  asio::awaitable<base::Error> Connection();
  asio::awaitable<base::Error> Follow();
  asio::awaitable<base::Status> Take(const revocation::Frame& frame);
  asio::awaitable<base::Status> TakeEntries(const revocation::Entries& entries);
  asio::awaitable<base::Status> EndSnapshot(const revocation::SnapshotEnd& end);
  base::Status Welcome(const revocation::Welcome& welcome);
  void Granted(const revocation::Grant& grant);
  asio::awaitable<void> Renewals(std::shared_ptr<agent::FeedChannel> channel);
  // Notices that the table was emptied, made anew or restored from a backup: then everything after
  // the position that it has is written again.
  asio::awaitable<void> WatchTable();

  revocation::Frame Hello() const;
  bool HoldsLease() const { return clock_.BootNanos() < lease_until_; }
  Report MakeReport() const;

  asio::io_context& io_;
  const Options options_;
  const std::vector<channel::Address> servers_;
  const base::Clock& clock_ = base::SystemClock::Get();
  Mirror mirror_;
  asio::steady_timer pause_timer_, renew_timer_, watch_timer_;
  std::shared_ptr<asio::ip::tcp::acceptor> metrics_acceptor_;
  std::shared_ptr<agent::FeedChannel> channel_;  // null: there is no connection
  revocation::InstanceId instance_{};
  std::string name_;
  uint64_t attempts_ = 0;

  // Of this connection.
  enum class Stage { kGreeting, kBeforeSnapshot, kInSnapshot, kFollowing };
  Stage stage_ = Stage::kGreeting;
  revocation::LogId log_{};
  revocation::LogPosition snapshot_;
  int64_t ttl_millis_ = 2'000;
  int64_t connected_at_ = 0;  // BootNanos
  int64_t heard_at_ = 0;      // BootNanos; of this connection or of an earlier one
  bool busy_ = false;         // with a frame, so that nothing is read
  // The connection was closed because it was quiet, and the next one has not failed.
  bool quiet_ = false;
  uint64_t nonce_ = 0;       // of the last renewal
  int64_t asked_at_ = 0;     // BootNanos of the last renewal
  int64_t lease_until_ = 0;  // BootNanos

  // BootNanos of a frame that is not in the table yet; 0: none.
  int64_t received_at_ = 0;
  // BootNanos since when the table may lack what nobody here knows; 0: what it lacks is known.
  int64_t behind_since_ = 0;
  Report counted_;  // what the Sink itself counts, and why there is no connection
  std::string fatal_;
};

base::Status Sink::Listen() {
  if (options_.metrics_listen.empty()) return {};
  SALLYPORT_ASSIGN(metrics_acceptor_, agent::ListenTcp(io_, options_.metrics_listen));
  base::LogInfo("metrics", {{"port", metrics_acceptor_->local_endpoint().port()}});
  return {};
}

void Sink::Begin() {
  const auto self = shared_from_this();
  if (metrics_acceptor_) {
    agent::HttpTexts texts{[self] { return ToMetrics(self->MakeReport()); },
                           [self] { return ProblemsOf(self->MakeReport()); }};
    asio::co_spawn(io_, agent::ServeMetrics(metrics_acceptor_, std::move(texts)), asio::detached);
  }
  asio::co_spawn(
      io_, [self] { return self->Run(); }, asio::detached);
  asio::co_spawn(
      io_, [self] { return self->WatchTable(); }, asio::detached);
}

asio::awaitable<void> Sink::Run() {
  agent::Backoff backoff(kLeastPause, kGreatestPause);
  while (fatal_.empty()) {
    const uint64_t frames = counted_.frames;
    const base::Error ended = co_await Connection();
    if (!fatal_.empty()) break;
    if (ended.code == kQuiet) continue;
    if (behind_since_ == 0) behind_since_ = heard_at_;
    quiet_ = false;
    if (counted_.frames > frames) backoff.Reset();
    counted_.feed_problem = ended.cause.empty() ? ended.message : ended.cause;
    base::LogWarning("feed ended", {{"error", ended.code}, {"cause", counted_.feed_problem}});
    pause_timer_.expires_after(backoff.Next());
    co_await pause_timer_.async_wait(agent::kTuple);
  }
  io_.stop();
}

revocation::Frame Sink::Hello() const {
  revocation::Hello hello;
  hello.instance = instance_;
  hello.log = mirror_.position().log;
  hello.position = mirror_.position().position;
  hello.mark = mirror_.position().mark;
  hello.holds_lease = HoldsLease();
  hello.name = name_;
  return hello;
}

asio::awaitable<base::Error> Sink::Connection() {
  const auto enrolment = agent::ReadEnrolment(options_.enrolment_file);
  if (!enrolment) co_return enrolment.error();
  if (!mirror_.loaded()) {
    const base::Status loaded = co_await mirror_.Load(counted_.connects == 0);
    if (!loaded) {
      fatal_ = "the table \"" + options_.table.name + "\": " + loaded.error().message;
      co_return loaded.error();
    }
  }
  const std::vector<channel::Address>& servers = servers_.empty() ? enrolment->servers : servers_;
  // Whether the server is there can only be seen at that server.
  if (!quiet_) ++attempts_;
  const channel::Address server = servers[(attempts_ - 1) % servers.size()];
  name_ = enrolment->name;
  auto connected = co_await agent::ConnectToFeed(server, enrolment->key());
  if (!connected) co_return connected.error();
  channel_ = std::make_shared<agent::FeedChannel>(io_, std::move(connected).value());
  setsockopt(channel_->native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMillis,
             sizeof(kUnacknowledgedMillis));
  ++counted_.connects;
  connected_at_ = clock_.BootNanos();
  if (!quiet_) heard_at_ = connected_at_;
  stage_ = Stage::kGreeting;
  channel_->Send(Hello());
  asio::co_spawn(
      io_, [self = shared_from_this(), c = channel_] { return self->Renewals(c); }, asio::detached);
  const base::Error ended = co_await Follow();
  channel_->Close();
  channel_.reset();
  renew_timer_.cancel();
  if (quiet_ && stage_ == Stage::kFollowing) co_return base::Error{kQuiet, "", ""};
  if (behind_since_ == 0) behind_since_ = received_at_ != 0 ? received_at_ : heard_at_;
  received_at_ = 0;
  co_return ended;
}

asio::awaitable<base::Error> Sink::Follow() {
  for (;;) {
    const auto frame = co_await channel_->Read();
    if (!frame) co_return frame.error();
    busy_ = true;
    const base::Status taken = co_await Take(*frame);
    busy_ = false;
    heard_at_ = clock_.BootNanos();
    if (!taken) co_return taken.error();
  }
}

asio::awaitable<base::Status> Sink::Take(const revocation::Frame& frame) {
  if (const auto* welcome = std::get_if<revocation::Welcome>(&frame)) co_return Welcome(*welcome);
  if (const auto* begin = std::get_if<revocation::SnapshotBegin>(&frame)) {
    if (stage_ != Stage::kBeforeSnapshot) co_return Broken("a snapshot where none may be sent");
    stage_ = Stage::kInSnapshot;
    snapshot_ = begin->position;
    co_return base::Status();
  }
  if (const auto* page = std::get_if<revocation::SnapshotPage>(&frame)) {
    if (stage_ != Stage::kInSnapshot) co_return Broken("a page where none may be sent");
    co_await mirror_.Write(page->revocations);
    co_return base::Status();
  }
  if (const auto* end = std::get_if<revocation::SnapshotEnd>(&frame)) {
    co_return co_await EndSnapshot(*end);
  }
  if (const auto* entries = std::get_if<revocation::Entries>(&frame)) {
    co_return co_await TakeEntries(*entries);
  }
  if (const auto* grant = std::get_if<revocation::Grant>(&frame)) {
    Granted(*grant);
    co_return base::Status();
  }
  if (std::holds_alternative<revocation::NoGrant>(frame)) co_return base::Status();
  if (const auto* goodbye = std::get_if<revocation::Goodbye>(&frame)) {
    co_return base::Error{"feed_goodbye", "the server has closed the feed", goodbye->reason};
  }
  co_return Broken("the server sent a frame that only agents may send");
}

base::Status Sink::Welcome(const revocation::Welcome& welcome) {
  if (stage_ != Stage::kGreeting) return Broken("a second welcome");
  quiet_ = false;
  ttl_millis_ = std::clamp<int64_t>(welcome.ttl_millis, 1, 300'000);
  log_ = welcome.log;
  if (welcome.resume == revocation::Resume::kSnapshot) {
    stage_ = Stage::kBeforeSnapshot;
    if (behind_since_ == 0) behind_since_ = heard_at_;
    return {};
  }
  if (log_ != mirror_.position().log) return Broken("the tail belongs to another log");
  stage_ = Stage::kFollowing;
  counted_.received = mirror_.position().position.sequence;
  // With leases, the first one says that nothing is missing.
  if (!options_.leases) behind_since_ = 0;
  channel_->Send(revocation::Ack{counted_.received});
  renew_timer_.cancel();
  return {};
}

asio::awaitable<base::Status> Sink::EndSnapshot(const revocation::SnapshotEnd& end) {
  if (stage_ != Stage::kInSnapshot) co_return Broken("the end of a snapshot that has not begun");
  const Position next{log_, snapshot_, end.mark};
  const base::Status moved = co_await mirror_.Advance(next);
  if (!moved) co_return moved;
  stage_ = Stage::kFollowing;
  ++counted_.snapshots;
  ++counted_.frames;
  counted_.received = snapshot_.sequence;
  if (!options_.leases) behind_since_ = 0;
  base::LogInfo("snapshot mirrored", {{"sequence", snapshot_.sequence}});
  channel_->Send(revocation::Ack{snapshot_.sequence});
  renew_timer_.cancel();
  co_return base::Status();
}

asio::awaitable<base::Status> Sink::TakeEntries(const revocation::Entries& entries) {
  const uint64_t sequence = entries.position.sequence;
  if (stage_ != Stage::kFollowing || sequence <= mirror_.position().position.sequence) {
    co_return Broken("entries where none may be sent");
  }
  received_at_ = clock_.BootNanos();
  counted_.received = sequence;
#ifdef SALLYPORT_TEST_FAULTS
  // An entry is acknowledged before the table has it.
  if (base::TestFault("ack-before-write")) channel_->Send(revocation::Ack{sequence});
#endif
  co_await mirror_.Write(entries.revocations);
  const Position next{log_, entries.position, entries.mark};
  const base::Status moved = co_await mirror_.Advance(next);
  if (!moved) co_return moved;
  counted_.frame_nanos += clock_.BootNanos() - received_at_;
  ++counted_.frames;
  received_at_ = 0;
  channel_->Send(revocation::Ack{sequence});
  co_return base::Status();
}

void Sink::Granted(const revocation::Grant& grant) {
  behind_since_ = 0;
  if (grant.nonce == nonce_) {
    lease_until_ = asked_at_ + int64_t{grant.ttl_millis} * base::kNanosPerMilli;
  }
}

asio::awaitable<void> Sink::Renewals(std::shared_ptr<agent::FeedChannel> channel) {
  while (channel == channel_) {
    const int64_t now = clock_.BootNanos();
    const int64_t silence = std::max(kLeastSilenceMillis, 2 * ttl_millis_) * base::kNanosPerMilli;
    const int64_t silent = now - std::max(connected_at_, heard_at_);
    const bool answers = options_.leases || stage_ == Stage::kGreeting;
    if (answers && !busy_ && silent > silence) {
      base::LogWarning("the server has stopped sending", {});
      channel->Close();
      co_return;
    }
    if (!answers && stage_ == Stage::kFollowing && !busy_ &&
        silent > kQuietMillis * base::kNanosPerMilli) {
      quiet_ = true;
      channel->Close();
      co_return;
    }
    int64_t wait = kKeepAliveMillis;
    if (stage_ == Stage::kFollowing && options_.leases) {
      asked_at_ = now;
      channel->Send(revocation::Renew{++nonce_});
      wait = std::max<int64_t>(ttl_millis_ / 4, 1);
    } else if (stage_ == Stage::kFollowing) {
      channel->Send(revocation::Ack{mirror_.position().position.sequence});
    } else if (busy_) {
      // A snapshot takes as long as the table needs.
      channel->Send(revocation::Ack{0});
    }
    renew_timer_.expires_after(milliseconds(wait));
    co_await renew_timer_.async_wait(agent::kTuple);
  }
}

asio::awaitable<void> Sink::WatchTable() {
  for (;;) {
    watch_timer_.expires_after(kLookAtTable);
    co_await watch_timer_.async_wait(agent::kTuple);
    if (!channel_ || stage_ != Stage::kFollowing || busy_) continue;
    const bool lost = co_await mirror_.HasLost();
    if (!lost || busy_ || !channel_) continue;
    mirror_.Forget();
    channel_->Close();
  }
}

Report Sink::MakeReport() const {
  Report report = counted_;
  report.items = mirror_.counters().items;
  report.failures = mirror_.counters().failures;
  report.conflicts = mirror_.counters().conflicts;
  report.losses = mirror_.counters().losses;
  report.table_problem = mirror_.counters().problem;
  report.connected = channel_ != nullptr || quiet_;
  report.following = report.connected && (stage_ == Stage::kFollowing || quiet_);
  report.leases = options_.leases;
  report.holds_lease = HoldsLease();
  report.sequence = mirror_.position().position.sequence;
  const int64_t now = clock_.BootNanos();
  int64_t lags_since = behind_since_ != 0 ? behind_since_ : received_at_;
  // Every renewal is answered, so what is not answered says that the server is not heard.
  const bool unheard = options_.leases && now - heard_at_ > ttl_millis_ * base::kNanosPerMilli;
  if (lags_since == 0 && unheard) lags_since = heard_at_;
  if (lags_since != 0) report.lag_millis = (now - lags_since) / base::kNanosPerMilli;
  return report;
}

int FailToStart(const std::string& why) {
  std::fprintf(stderr, "sallyport sink: %s\n", why.c_str());
  return 1;
}

}  // namespace

int RunSink(const Options& options) {
  if (const std::string why = WhyNoNames(options.table); !why.empty()) return FailToStart(why);
  std::vector<channel::Address> servers;
  for (const std::string& text : options.servers) {
    const auto server = channel::ParseAddress(text);
    if (!server) {
      return FailToStart("server \"" + text +
                         "\": must be HOST:PORT, the address of the server's --feed-listen");
    }
    servers.push_back(*server);
  }
  const auto enrolment = agent::ReadEnrolment(options.enrolment_file);
  if (!enrolment) return FailToStart(enrolment.error().message);
  auto credentials =
      dynamodb::CredentialsFile::Open(options.credentials_file, base::SystemClock::Get());
  if (!credentials) return FailToStart(credentials.error().message);
  asio::io_context io(1);
  const auto sink =
      std::make_shared<Sink>(io, options, std::move(servers), std::move(credentials).value());
  if (const base::Status listening = sink->Listen(); !listening) {
    return FailToStart(listening.error().message);
  }
  sink->Begin();
  const agent::Signals signals(
      io, [] {}, [] {});
  base::LogInfo("sink started", {{"table", options.table.name}, {"url", options.table.url}});
  io.run();
  sink->End();
  if (!sink->fatal().empty()) return FailToStart(sink->fatal());
  base::LogInfo("sink stopped", {});
  return 0;
}

}  // namespace sallyport::sink
