#include "sink/sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "agent/enrolment_file.h"
#include "agent/feed_connection.h"
#include "agent/local_endpoints.h"
#include "agent/tuple.h"
#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "outgoing/calls.h"
#include "sink/items.h"
#include "sink/report.h"

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr int64_t kLeastPauseMillis = 50;
constexpr int64_t kGreatestPauseMillis = 2'000;
// The server ends a connection on which it hears nothing for ten seconds.
constexpr int64_t kKeepAliveMillis = 2'000;
constexpr int64_t kLeastSilenceMillis = 10'000;
constexpr int kUnacknowledgedMillis = 10'000;
constexpr size_t kGreatestUnsent = 4096;
constexpr int64_t kLogAgainNanos = 10'000'000'000;
// How often it is looked whether the table still has what was written.
constexpr milliseconds kLookAtTable{2'000};

// What is wrong with the settings, and not with the table at the moment.
constexpr std::array<std::string_view, 7> kWrongSettings = {
    base::code::kResourceNotFound,          base::code::kValidation,
    base::code::kUnrecognizedClient,        base::code::kAccessDenied,
    base::code::kInvalidSignature,          base::code::kIncompleteSignature,
    base::code::kMissingAuthenticationToken};

base::Error Broken(std::string cause) {
  return {"feed_broken", "the server sent something that the feed's protocol does not allow",
          std::move(cause)};
}

base::Error NoAnswer(const outgoing::Reply& reply) {
  return {base::code::kService, reply.cause, ""};
}

int64_t WithJitter(int64_t millis) {
  return millis - static_cast<int64_t>(base::RandomU64() % static_cast<uint64_t>(millis / 2 + 1));
}

class Sink : public std::enable_shared_from_this<Sink> {
 public:
  Sink(asio::io_context& io, Options options, std::vector<channel::Address> servers,
       std::unique_ptr<dynamodb::CredentialsFile> credentials)
      : io_(io),
        options_(std::move(options)),
        servers_(std::move(servers)),
        credentials_(std::move(credentials)),
        calls_(std::make_unique<outgoing::Calls>(
            outgoing::Calls::Options{.ca_file = options_.ca_file, .connections = 1})),
        pause_timer_(io),
        renew_timer_(io),
        watch_timer_(io) {
    base::RandomBytes(instance_);
  }

  base::Status Listen();
  void Begin();
  // To be called when the thread has ended io.run(): afterwards no call ends any more.
  void End() { calls_.reset(); }
  // Why it had to end; empty: it did not have to.
  const std::string& fatal() const { return fatal_; }

 private:
  struct Channel {
    std::shared_ptr<channel::Channel> connection;
    std::deque<std::string> unsent;
    bool sending = false;
  };

  asio::awaitable<void> Run();
  asio::awaitable<base::Error> Connection();
  asio::awaitable<base::Error> Follow();
  asio::awaitable<base::Status> Take(const revocation::Frame& frame);
  asio::awaitable<base::Status> TakeEntries(const revocation::Entries& entries);
  asio::awaitable<base::Status> EndSnapshot(const revocation::SnapshotEnd& end);
  base::Status Welcome(const revocation::Welcome& welcome);
  void Granted(const revocation::Grant& grant);
  asio::awaitable<void> Renewals(std::shared_ptr<Channel> channel);
  // Notices that the table was emptied, made anew or restored from a backup: then everything after
  // the position that it has is written again.
  asio::awaitable<void> WatchTable();
  bool HasLost(const std::optional<dynamodb::Item>& item) const;

  // ---- The table. The next three repeat their calls until they succeed.
  asio::awaitable<void> LoadPosition();
  asio::awaitable<void> Write(const std::vector<revocation::Revocation>& entries);
  // False: another sink has moved the position.
  asio::awaitable<bool> Advance(Position next);
  asio::awaitable<outgoing::Reply> Do(outgoing::Call call);
  // After a call that has failed: waits before it is repeated.
  asio::awaitable<void> Pause(const base::Error& error, int64_t& millis);
  void Succeeded();

  static asio::awaitable<void> SendAll(std::shared_ptr<Channel> channel);
  void Send(const revocation::Frame& frame);
  revocation::Frame Hello() const;
  bool HoldsLease() const { return clock_.BootNanos() < lease_until_; }
  Report MakeReport() const;

  asio::io_context& io_;
  const Options options_;
  const std::vector<channel::Address> servers_;
  const std::unique_ptr<dynamodb::CredentialsFile> credentials_;
  const base::Clock& clock_ = base::SystemClock::Get();
  std::unique_ptr<outgoing::Calls> calls_;
  asio::steady_timer pause_timer_, renew_timer_, watch_timer_;
  std::shared_ptr<asio::ip::tcp::acceptor> metrics_acceptor_;
  std::shared_ptr<Channel> channel_;  // null: there is no connection
  revocation::InstanceId instance_{};
  std::string name_;
  uint64_t attempts_ = 0;

  bool loaded_ = false;                   // stored_ is what the table has
  std::optional<dynamodb::Item> stored_;  // the item with the position
  Position position_;                     // what it says

  // Of this connection.
  enum class Stage { kGreeting, kBeforeSnapshot, kInSnapshot, kFollowing };
  Stage stage_ = Stage::kGreeting;
  revocation::LogId log_{};
  revocation::LogPosition snapshot_;
  int64_t ttl_millis_ = 2'000;
  int64_t heard_at_ = 0;     // BootNanos
  bool busy_ = false;        // with a frame, so that nothing is read
  uint64_t nonce_ = 0;       // of the last renewal
  int64_t asked_at_ = 0;     // BootNanos of the last renewal
  int64_t lease_until_ = 0;  // BootNanos

  int64_t received_at_ = 0;  // BootNanos of a frame that is not in the table yet; 0: none
  int64_t logged_at_ = 0;    // BootNanos
  Report counted_;           // its counters and problems
  std::string fatal_;
};

// ---- The table

asio::awaitable<outgoing::Reply> Sink::Do(outgoing::Call call) {
  const auto done =
      std::make_shared<asio::steady_timer>(io_, asio::steady_timer::time_point::max());
  const auto reply = std::make_shared<outgoing::Reply>();
  call.millis = options_.call_millis;
  calls_->Start(std::move(call), [this, done, reply](outgoing::Reply got) {
    asio::post(io_, [done, reply, got = std::move(got)]() mutable {
      *reply = std::move(got);
      done->cancel();
    });
  });
  co_await done->async_wait(agent::kTuple);
  co_return std::move(*reply);
}

asio::awaitable<void> Sink::Pause(const base::Error& error, int64_t& millis) {
  ++counted_.failures;
  counted_.table_problem = error.message;
  const int64_t now = clock_.BootNanos();
  if (now - logged_at_ >= kLogAgainNanos) {
    base::LogError("the table does not take the log", {{"cause", error.message}});
    logged_at_ = now;
  }
  pause_timer_.expires_after(milliseconds(WithJitter(millis)));
  millis = std::min(2 * millis, kGreatestPauseMillis);
  co_await pause_timer_.async_wait(agent::kTuple);
}

void Sink::Succeeded() {
  counted_.table_problem.clear();
  logged_at_ = 0;
}

asio::awaitable<void> Sink::LoadPosition() {
  int64_t pause = kLeastPauseMillis;
  for (;;) {
    outgoing::Call call = dynamodb::GetWhole(options_.table, kPositionKey, credentials_->Now());
    const outgoing::Reply reply = co_await Do(std::move(call));
    const auto item =
        reply.failure == outgoing::Reply::Failure::kNone
            ? dynamodb::ReadGetWhole(options_.table, kPositionKey, reply.status, reply.body)
            : base::Result<std::optional<dynamodb::Item>>(NoAnswer(reply));
    if (item) {
      Succeeded();
      stored_ = *item;
      // An item that is not a position counts as none: it is replaced after a snapshot.
      position_ = stored_ ? FromItem(*stored_).value_or(Position()) : Position();
      loaded_ = true;
      co_return;
    }
    const bool wrong = std::find(kWrongSettings.begin(), kWrongSettings.end(), item.error().code) !=
                       kWrongSettings.end();
    if (wrong && counted_.connects == 0) {
      fatal_ = "the table \"" + options_.table.name + "\": " + item.error().message;
      io_.stop();
    }
    co_await Pause(item.error(), pause);
  }
}

asio::awaitable<void> Sink::Write(const std::vector<revocation::Revocation>& entries) {
  std::vector<std::vector<dynamodb::Item>> groups = ToItems(entries);
  for (std::vector<dynamodb::Item>& group : groups) {
    const size_t count = group.size();
    int64_t pause = kLeastPauseMillis;
    while (!group.empty()) {
      outgoing::Call call = dynamodb::Put(options_.table, group, credentials_->Now());
      const outgoing::Reply reply = co_await Do(std::move(call));
      auto left = reply.failure == outgoing::Reply::Failure::kNone
                      ? dynamodb::ReadPut(options_.table, group, reply.status, reply.body)
                      : base::Result<std::vector<dynamodb::Item>>(NoAnswer(reply));
      if (left) group = std::move(*left);
      if (left && group.empty()) break;
      const base::Error error =
          left ? base::Error{base::code::kService, "no capacity for all items", ""} : left.error();
      co_await Pause(error, pause);
    }
    Succeeded();
    counted_.items += count;
  }
}

asio::awaitable<bool> Sink::Advance(Position next) {
  const dynamodb::Item after = ToItem(next);
  int64_t pause = kLeastPauseMillis;
  for (;;) {
    outgoing::Call call = dynamodb::Replace(options_.table, stored_, after, credentials_->Now());
    const outgoing::Reply reply = co_await Do(std::move(call));
    const base::Status replaced = reply.failure == outgoing::Reply::Failure::kNone
                                      ? dynamodb::ReadReplace(reply.status, reply.body)
                                      : base::Status(NoAnswer(reply));
    if (replaced) break;
    if (replaced.error().code == base::code::kConditionalCheckFailed) {
      co_await LoadPosition();
      // The answer to an earlier attempt was lost.
      if (position_ == next) break;
      ++counted_.conflicts;
      co_return false;
    }
    co_await Pause(replaced.error(), pause);
  }
  Succeeded();
  stored_ = after;
  position_ = next;
  co_return true;
}

asio::awaitable<void> Sink::WatchTable() {
  for (;;) {
    watch_timer_.expires_after(kLookAtTable);
    co_await watch_timer_.async_wait(agent::kTuple);
    if (!channel_ || stage_ != Stage::kFollowing || busy_) continue;
    const Position before = position_;
    outgoing::Call call = dynamodb::GetWhole(options_.table, kPositionKey, credentials_->Now());
    const outgoing::Reply reply = co_await Do(std::move(call));
    if (reply.failure != outgoing::Reply::Failure::kNone) continue;
    const auto item =
        dynamodb::ReadGetWhole(options_.table, kPositionKey, reply.status, reply.body);
    // What was read while the position moved says nothing.
    if (!item || busy_ || !channel_ || position_ != before || !HasLost(*item)) continue;
    ++counted_.losses;
    base::LogError("the table has lost what was written to it, which is written again",
                   {{"sequence", position_.position.sequence}});
    loaded_ = false;
    channel_->connection->Close();
  }
}

// Another sink of the same table may be further.
bool Sink::HasLost(const std::optional<dynamodb::Item>& item) const {
  const std::optional<Position> stands = item ? FromItem(*item) : std::nullopt;
  return !stands || stands->log != position_.log ||
         stands->position.sequence < position_.position.sequence;
}

// ---- The feed

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
  int64_t pause = kLeastPauseMillis;
  for (;;) {
    const uint64_t frames = counted_.frames;
    const base::Error ended = co_await Connection();
    if (counted_.frames > frames) pause = kLeastPauseMillis;
    counted_.feed_problem = ended.cause.empty() ? ended.message : ended.cause;
    base::LogWarning("feed ended", {{"error", ended.code}, {"cause", counted_.feed_problem}});
    pause_timer_.expires_after(milliseconds(WithJitter(pause)));
    pause = std::min(2 * pause, kGreatestPauseMillis);
    co_await pause_timer_.async_wait(agent::kTuple);
  }
}

revocation::Frame Sink::Hello() const {
  revocation::Hello hello;
  hello.instance = instance_;
  hello.log = position_.log;
  hello.position = position_.position;
  hello.mark = position_.mark;
  hello.holds_lease = HoldsLease();
  hello.name = name_;
  return hello;
}

asio::awaitable<base::Error> Sink::Connection() {
  const auto enrolment = agent::ReadEnrolment(options_.enrolment_file);
  if (!enrolment) co_return enrolment.error();
  if (!loaded_) co_await LoadPosition();
  const std::vector<channel::Address>& servers = servers_.empty() ? enrolment->servers : servers_;
  const channel::Address server = servers[attempts_++ % servers.size()];
  name_ = enrolment->name;
  auto connected = co_await agent::ConnectToFeed(server, enrolment->key());
  if (!connected) co_return connected.error();
  channel_ = std::make_shared<Channel>();
  channel_->connection = std::move(connected).value();
  setsockopt(channel_->connection->native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
             &kUnacknowledgedMillis, sizeof(kUnacknowledgedMillis));
  ++counted_.connects;
  heard_at_ = clock_.BootNanos();
  stage_ = Stage::kGreeting;
  Send(Hello());
  asio::co_spawn(
      io_, [self = shared_from_this(), c = channel_] { return self->Renewals(c); }, asio::detached);
  const base::Error ended = co_await Follow();
  channel_->connection->Close();
  channel_.reset();
  renew_timer_.cancel();
  received_at_ = 0;
  co_return ended;
}

asio::awaitable<base::Error> Sink::Follow() {
  for (;;) {
    const auto message = co_await channel_->connection->Read();
    if (!message) co_return message.error();
    heard_at_ = clock_.BootNanos();
    const auto frame = revocation::Decode(*message);
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
    co_await Write(page->revocations);
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
  ttl_millis_ = std::clamp<int64_t>(welcome.ttl_millis, 1, 300'000);
  log_ = welcome.log;
  if (welcome.resume == revocation::Resume::kSnapshot) {
    stage_ = Stage::kBeforeSnapshot;
    return {};
  }
  if (log_ != position_.log) return Broken("the tail belongs to another log");
  stage_ = Stage::kFollowing;
  counted_.received = position_.position.sequence;
  Send(revocation::Ack{position_.position.sequence});
  renew_timer_.cancel();
  return {};
}

asio::awaitable<base::Status> Sink::EndSnapshot(const revocation::SnapshotEnd& end) {
  if (stage_ != Stage::kInSnapshot) co_return Broken("the end of a snapshot that has not begun");
  const Position next{log_, snapshot_, end.mark};
  const bool moved = co_await Advance(next);
  if (!moved) co_return base::Error{"conflict", "another sink writes to this table", ""};
  stage_ = Stage::kFollowing;
  ++counted_.snapshots;
  ++counted_.frames;
  counted_.received = snapshot_.sequence;
  base::LogInfo("snapshot mirrored", {{"sequence", snapshot_.sequence}});
  Send(revocation::Ack{snapshot_.sequence});
  renew_timer_.cancel();
  co_return base::Status();
}

asio::awaitable<base::Status> Sink::TakeEntries(const revocation::Entries& entries) {
  const uint64_t sequence = entries.position.sequence;
  if (stage_ != Stage::kFollowing || sequence <= position_.position.sequence) {
    co_return Broken("entries where none may be sent");
  }
  received_at_ = clock_.BootNanos();
  counted_.received = sequence;
#ifdef SALLYPORT_TEST_FAULTS
  // An entry is acknowledged before the table has it.
  if (base::TestFault("ack-before-write")) Send(revocation::Ack{sequence});
#endif
  co_await Write(entries.revocations);
  const Position next{log_, entries.position, entries.mark};
  const bool moved = co_await Advance(next);
  if (!moved) co_return base::Error{"conflict", "another sink writes to this table", ""};
  counted_.frame_nanos += clock_.BootNanos() - received_at_;
  ++counted_.frames;
  received_at_ = 0;
  Send(revocation::Ack{sequence});
  co_return base::Status();
}

void Sink::Granted(const revocation::Grant& grant) {
  if (grant.nonce == nonce_) {
    lease_until_ = asked_at_ + int64_t{grant.ttl_millis} * base::kNanosPerMilli;
  }
}

asio::awaitable<void> Sink::Renewals(std::shared_ptr<Channel> channel) {
  while (channel == channel_) {
    const int64_t now = clock_.BootNanos();
    const int64_t silence = std::max(kLeastSilenceMillis, 2 * ttl_millis_) * base::kNanosPerMilli;
    if (options_.leases && !busy_ && now - heard_at_ > silence) {
      base::LogWarning("the server has stopped sending", {});
      channel->connection->Close();
      co_return;
    }
    int64_t wait = kKeepAliveMillis;
    if (stage_ == Stage::kFollowing && options_.leases) {
      asked_at_ = now;
      Send(revocation::Renew{++nonce_});
      wait = std::max<int64_t>(ttl_millis_ / 4, 1);
    } else if (stage_ == Stage::kFollowing) {
      Send(revocation::Ack{position_.position.sequence});
    } else if (busy_) {
      // A snapshot takes as long as the table needs.
      Send(revocation::Ack{0});
    }
    renew_timer_.expires_after(milliseconds(wait));
    co_await renew_timer_.async_wait(agent::kTuple);
  }
}

void Sink::Send(const revocation::Frame& frame) {
  if (!channel_) return;
  channel_->unsent.push_back(revocation::Encode(frame));
  if (channel_->unsent.size() > kGreatestUnsent) channel_->connection->Close();
  if (channel_->sending) return;
  channel_->sending = true;
  asio::co_spawn(
      io_, [c = channel_] { return SendAll(c); }, asio::detached);
}

asio::awaitable<void> Sink::SendAll(std::shared_ptr<Channel> channel) {
  while (!channel->unsent.empty()) {
    std::string message = std::move(channel->unsent.front());
    channel->unsent.pop_front();
    const base::Status written = co_await channel->connection->Write(std::move(message));
    if (!written) {
      channel->connection->Close();
      co_return;
    }
  }
  channel->sending = false;
}

Report Sink::MakeReport() const {
  Report report = counted_;
  report.connected = channel_ != nullptr;
  report.following = report.connected && stage_ == Stage::kFollowing;
  report.leases = options_.leases;
  report.holds_lease = HoldsLease();
  report.sequence = position_.position.sequence;
  if (received_at_ != 0) {
    report.lag_millis = (clock_.BootNanos() - received_at_) / base::kNanosPerMilli;
  }
  return report;
}

int FailToStart(const std::string& why) {
  std::fprintf(stderr, "sallyport sink: %s\n", why.c_str());
  return 1;
}

}  // namespace

int RunSink(const Options& options) {
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
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  asio::signal_set hangup(io, SIGHUP);
  std::function<void()> await_reopen = [&] {
    hangup.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      if (const auto opened = base::ReopenLogFile(); !opened) {
        base::LogError("not reloaded: the old one stays",
                       {{"what", "log file"}, {"cause", opened.error().message}});
      }
      await_reopen();
    });
  };
  await_reopen();
  base::LogInfo("sink started", {{"table", options.table.name}, {"url", options.table.url}});
  io.run();
  sink->End();
  if (!sink->fatal().empty()) return FailToStart(sink->fatal());
  base::LogInfo("sink stopped", {});
  return 0;
}

}  // namespace sallyport::sink
