#include "agent/agent.h"

#include <unistd.h>

#include <algorithm>
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

#include "agent/enrolment_file.h"
#include "agent/feed_connection.h"
#include "agent/follower.h"
#include "agent/local_endpoints.h"
#include "agent/report.h"
#include "agent/tuple.h"
#include "base/log.h"
#include "base/random.h"
#include "channel/enrolment.h"
#include "jose/key.h"
#include "revocation/mapped_file.h"
#include "revocation/replica_writer.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The first attempt after a connection is lost comes almost at once, because gates must be served
// again soon after the server is back.
constexpr int64_t kLeastBackoffMillis = 20;
constexpr int64_t kGreatestBackoffMillis = 1'000;
constexpr milliseconds kIdleWork{200};
// A server that reads nothing while this many frames are waiting is considered dead.
constexpr size_t kGreatestUnsent = 4096;

base::Error InvalidOption(std::string message) {
  return {"invalid_option", std::move(message), ""};
}

base::Result<std::vector<channel::Address>> ParseServers(const std::vector<std::string>& servers) {
  std::vector<channel::Address> addresses;
  for (const std::string& server : servers) {
    const auto address = channel::ParseAddress(server);
    if (!address) {
      return InvalidOption("server \"" + server +
                           "\": must be HOST:PORT, the address of the server's --feed-listen");
    }
    addresses.push_back(*address);
  }
  return addresses;
}

std::optional<revocation::KeyMaterial> ParseKey(std::string_view jwk) {
  const auto key = jose::PublicKey::FromJwk(jwk, nullptr);
  if (!key) return std::nullopt;
  const auto text = [](std::span<const uint8_t> bytes) {
    return std::string(bytes.begin(), bytes.end());
  };
  return revocation::KeyMaterial{text(key->n()), text(key->e())};
}

}  // namespace

std::string StatusSocketOf(const std::string& replica_path) {
  return replica_path + ".status";
}

class Agent::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Options options, const base::Clock& clock,
       std::vector<channel::Address> servers, std::string name,
       std::unique_ptr<revocation::ReplicaWriter> writer)
      : io_(io),
        options_(std::move(options)),
        clock_(clock),
        servers_(std::move(servers)),
        name_(std::move(name)),
        writer_(std::move(writer)),
        follower_(*writer_, clock, name_),
        backoff_timer_(io),
        renew_timer_(io),
        work_timer_(io) {}

  base::Status Listen();
  void Begin();
  void Stop();
  void Reload();
  Report MakeReport() const;
  uint16_t metrics_port() const {
    return metrics_acceptor_ ? metrics_acceptor_->local_endpoint().port() : 0;
  }

 private:
  // A connection, and what still has to be sent on it, in order.
  struct Channel {
    std::shared_ptr<channel::Channel> connection;
    std::deque<std::string> unsent;
    bool sending = false;
  };

  // Makes one connection after another, until Stop.
  asio::awaitable<void> Connections();
  // Runs one connection until it ends; the error says why it ended.
  asio::awaitable<base::Error> Connection();
  asio::awaitable<base::Error> Follow();
  // Asks for leases, and ends a connection on which nothing is received any more.
  asio::awaitable<void> Renewals(std::shared_ptr<Channel> channel);
  // Rebuilds the Replica in slices.
  asio::awaitable<void> Maintenance();
  void KeepStatusSocket();
  // Formats the report as it is at the moment of each call.
  std::function<std::string()> TextOf(std::string (*format)(const Report&));
  static asio::awaitable<void> SendAll(std::shared_ptr<Channel> channel);
  void Send(const revocation::Frame& frame);
  asio::awaitable<void> Wait(asio::steady_timer& timer, milliseconds duration);

  asio::io_context& io_;
  const Options options_;
  const base::Clock& clock_;
  // from the options; empty: those in the enrolment file
  const std::vector<channel::Address> servers_;
  std::string name_;
  std::string server_;                      // the one that was tried last
  std::optional<channel::Enrolment> used_;  // the one that was used in the last attempt
  std::unique_ptr<revocation::ReplicaWriter> writer_;
  Follower follower_;
  asio::steady_timer backoff_timer_, renew_timer_, work_timer_;
  std::shared_ptr<asio::local::stream_protocol::acceptor> status_acceptor_;
  std::shared_ptr<asio::ip::tcp::acceptor> metrics_acceptor_;
  std::shared_ptr<Channel> channel_;  // null: there is no connection
  bool stopping_ = false;
  int64_t heard_at_ = 0;  // BootNanos of the last frame
  uint64_t attempts_ = 0;
  uint64_t connects_ = 0;
  std::string last_error_;
};

base::Status Agent::Impl::Listen() {
  SALLYPORT_ASSIGN(status_acceptor_, ListenLocal(io_, StatusSocketOf(options_.replica_path)));
  if (options_.metrics_listen.empty()) return {};
  SALLYPORT_ASSIGN(metrics_acceptor_, ListenTcp(io_, options_.metrics_listen));
  base::LogInfo("metrics", {{"port", metrics_port()}});
  return {};
}

std::function<std::string()> Agent::Impl::TextOf(std::string (*format)(const Report&)) {
  return [weak = weak_from_this(), format] {
    const auto self = weak.lock();
    return self ? format(self->MakeReport()) : std::string();
  };
}

void Agent::Impl::Begin() {
  asio::co_spawn(io_, ServeStatus(status_acceptor_, TextOf(&ToJson)), asio::detached);
  if (metrics_acceptor_) {
    const auto metrics = [own = TextOf(&ToMetrics), more = options_.more_metrics] {
      return more ? own() + more() : own();
    };
    HttpTexts texts{metrics, TextOf(&ToHealth)};
    asio::co_spawn(io_, ServeMetrics(metrics_acceptor_, std::move(texts)), asio::detached);
  }
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->Connections(); }, asio::detached);
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->Maintenance(); }, asio::detached);
}

void Agent::Impl::Stop() {
  if (stopping_) return;
  stopping_ = true;
  writer_->EndLease();
  if (channel_) channel_->connection->Close();
  backoff_timer_.cancel();
  renew_timer_.cancel();
  work_timer_.cancel();
  boost::system::error_code ignored;
  if (status_acceptor_) status_acceptor_->close(ignored);
  if (metrics_acceptor_) metrics_acceptor_->close(ignored);
  unlink(StatusSocketOf(options_.replica_path).c_str());
}

void Agent::Impl::Reload() {
  const auto enrolment = ReadEnrolment(options_.enrolment_file);
  if (!enrolment) {
    base::LogError("not reloaded: the old one stays",
                   {{"what", "enrolment"}, {"cause", enrolment.error().message}});
    return;
  }
  base::LogInfo("reloaded", {{"what", "enrolment"}});
  if (used_ && channel::FormatEnrolment(*used_) == channel::FormatEnrolment(*enrolment)) return;
  if (channel_) channel_->connection->Close();
  backoff_timer_.cancel();
}

asio::awaitable<void> Agent::Impl::Wait(asio::steady_timer& timer, milliseconds duration) {
  timer.expires_after(duration);
  co_await timer.async_wait(kTuple);
}

// ---- The feed

asio::awaitable<void> Agent::Impl::Connections() {
  int64_t backoff = kLeastBackoffMillis;
  while (!stopping_) {
    const uint64_t grants = follower_.counters().grants;
    const base::Error ended = co_await Connection();
    follower_.Disconnected();
    if (stopping_) break;
    if (follower_.counters().grants > grants) backoff = kLeastBackoffMillis;
    last_error_ = ended.cause.empty() ? ended.message : ended.cause;
    base::LogWarning("feed ended", {{"error", ended.code}, {"cause", last_error_}});
    // Half of the pause is random, so that agents that lose a server at the same moment do not all
    // come back at the same moment.
    const int64_t jitter =
        static_cast<int64_t>(base::RandomU64() % static_cast<uint64_t>(backoff / 2 + 1));
    co_await Wait(backoff_timer_, milliseconds(backoff - jitter));
    backoff = std::min(2 * backoff, kGreatestBackoffMillis);
  }
}

asio::awaitable<base::Error> Agent::Impl::Connection() {
  auto enrolment = ReadEnrolment(options_.enrolment_file);
  if (!enrolment) co_return enrolment.error();
  const std::vector<channel::Address>& servers = servers_.empty() ? enrolment->servers : servers_;
  const channel::Address server = servers[attempts_++ % servers.size()];
  name_ = enrolment->name;
  server_ = channel::Show(server);
  if (used_ && channel::FormatEnrolment(*used_) != channel::FormatEnrolment(*enrolment)) {
    follower_.UseAnotherKey();
  }
  used_ = *enrolment;
  auto connected = co_await ConnectToFeed(server, enrolment->key());
  if (!connected) co_return connected.error();
  if (stopping_) co_return base::InternalError("stopping");
  channel_ = std::make_shared<Channel>();
  channel_->connection = std::move(connected).value();
  ++connects_;
  heard_at_ = clock_.BootNanos();
  Send(follower_.Connected());
  asio::co_spawn(
      io_, [self = shared_from_this(), c = channel_] { return self->Renewals(c); }, asio::detached);
  const base::Error ended = co_await Follow();
  channel_->connection->Close();
  channel_.reset();
  renew_timer_.cancel();
  co_return ended;
}

asio::awaitable<base::Error> Agent::Impl::Follow() {
  for (;;) {
    const auto message = co_await channel_->connection->Read();
    if (!message) co_return message.error();
    if (stopping_) co_return base::InternalError("stopping");
    heard_at_ = clock_.BootNanos();
    const auto frame = revocation::Decode(*message);
    if (!frame) co_return frame.error();
    const bool was_following = follower_.following();
    const auto answers = follower_.Receive(*frame);
    if (!answers) co_return answers.error();
    for (const revocation::Frame& answer : *answers) Send(answer);
    if (follower_.following() && !was_following) renew_timer_.cancel();
  }
}

asio::awaitable<void> Agent::Impl::Renewals(std::shared_ptr<Channel> channel) {
  while (channel == channel_ && !stopping_) {
    if (clock_.BootNanos() - heard_at_ > follower_.SilenceMillis() * 1'000'000) {
      base::LogWarning("the server has stopped sending", {});
      channel->connection->Close();
      co_return;
    }
    if (const auto ask = follower_.AskForLease()) Send(*ask);
    co_await Wait(renew_timer_, milliseconds(follower_.MillisUntilNextAsk()));
  }
}

void Agent::Impl::Send(const revocation::Frame& frame) {
  if (!channel_) return;
  channel_->unsent.push_back(revocation::Encode(frame));
  if (channel_->unsent.size() > kGreatestUnsent) channel_->connection->Close();
  if (channel_->sending) return;
  channel_->sending = true;
  asio::co_spawn(
      io_, [c = channel_] { return SendAll(c); }, asio::detached);
}

asio::awaitable<void> Agent::Impl::SendAll(std::shared_ptr<Channel> channel) {
  while (!channel->unsent.empty()) {
    std::string message = std::move(channel->unsent.front());
    channel->unsent.pop_front();
    const base::Status written = co_await channel->connection->Write(std::move(message));
    if (!written) {
      // This also ends the reading side, which reports why.
      channel->connection->Close();
      co_return;
    }
  }
  channel->sending = false;
}

// ---- Tasks beside the feed

asio::awaitable<void> Agent::Impl::Maintenance() {
  while (!stopping_) {
    const auto more = writer_->Work();
    if (!more) base::LogError("the Replica was not rebuilt", {{"cause", more.error().cause}});
    // Only a new connection brings the snapshot that the Agent needs now.
    if (channel_ && writer_->is_forsaken() && follower_.following()) channel_->connection->Close();
    KeepStatusSocket();
    const bool busy = more.ok() && *more;
    co_await Wait(work_timer_, busy ? milliseconds(0) : kIdleWork);
  }
}

// The socket is beside the Replica, and disappears with the directory.
void Agent::Impl::KeepStatusSocket() {
  const std::string path = StatusSocketOf(options_.replica_path);
  if (stopping_ || IsSocketAt(path)) return;
  auto again = ListenLocal(io_, path);
  // the directory is still missing, which is reported as a problem of the Replica
  if (!again) return;
  boost::system::error_code ignored;
  status_acceptor_->close(ignored);
  status_acceptor_ = std::move(again).value();
  asio::co_spawn(io_, ServeStatus(status_acceptor_, TextOf(&ToJson)), asio::detached);
}

Report Agent::Impl::MakeReport() const {
  Report report;
  report.name = name_;
  report.server = server_;
  report.replica = options_.replica_path;
  report.connected = channel_ != nullptr;
  report.following = follower_.following();
  report.connects = connects_;
  report.last_error = last_error_;
  report.refusal = follower_.refusal();
  report.counters = follower_.counters();
  report.replica_status = writer_->status();
  report.lease_millis_left =
      std::max<int64_t>(0, (report.replica_status.expiry - clock_.BootNanos()) / 1'000'000);
  if (report.replica_status.wall_offset != 0) {
    report.server_ahead_millis =
        report.replica_status.wall_offset + clock_.BootNanos() / 1'000'000 - clock_.WallMillis();
  }
  return report;
}

// ---- Agent

base::Result<std::unique_ptr<Agent>> Agent::Start(asio::io_context& io, Options options,
                                                  const base::Clock& clock) {
  SALLYPORT_ASSIGN(auto servers, ParseServers(options.servers));
  SALLYPORT_ASSIGN(const channel::Enrolment enrolment, ReadEnrolment(options.enrolment_file));
  revocation::ReplicaWriter::Options replica;
  replica.path = options.replica_path;
  replica.parse_key = ParseKey;
  replica.clock = &clock;
  revocation::MappedFile::SurviveCutFiles();
  SALLYPORT_ASSIGN(auto writer, revocation::ReplicaWriter::Open(std::move(replica)));
  auto impl = std::make_shared<Impl>(io, std::move(options), clock, std::move(servers),
                                     enrolment.name, std::move(writer));
  SALLYPORT_TRY(impl->Listen());
  impl->Begin();
  return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

Agent::Agent(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Agent::~Agent() {
  impl_->Stop();
}
void Agent::Stop() {
  impl_->Stop();
}
void Agent::Reload() {
  impl_->Reload();
}
std::string Agent::StatusJson() const {
  return ToJson(impl_->MakeReport());
}
uint16_t Agent::metrics_port() const {
  return impl_->metrics_port();
}

namespace {

int FailToStart(const base::Error& error) {
  std::fprintf(stderr, "sallyport agent: %s\n",
               (error.cause.empty() ? error.message : error.cause).c_str());
  return 1;
}

}  // namespace

int RunAgent(const Options& options, Companion* companion) {
  asio::io_context io(1);
  Options with_companion = options;
  if (companion) with_companion.more_metrics = [companion] { return companion->Metrics(); };
  auto agent = Agent::Start(io, std::move(with_companion), base::SystemClock::Get());
  if (!agent) return FailToStart(agent.error());
  if (companion) {
    if (const base::Status started = companion->Start(); !started) {
      return FailToStart(started.error());
    }
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    (*agent)->Stop();
    io.stop();  // so that an attempt to connect need not be waited for
  });
  asio::signal_set reloads(io, SIGHUP);
  std::function<void()> await_reload = [&] {
    reloads.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      if (const base::Status opened = base::ReopenLogFile(); !opened) {
        base::LogError("not reloaded: the old one stays",
                       {{"what", "log file"}, {"cause", opened.error().message}});
      }
      (*agent)->Reload();
      if (companion) companion->Reload();
      await_reload();
    });
  };
  await_reload();
  base::LogInfo("agent started",
                {{"enrolment", options.enrolment_file}, {"replica", options.replica_path}});
  io.run();
  if (companion) companion->Stop();
  base::LogInfo("agent stopped", {});
  return 0;
}

int RunAgentStatus(const Options& options) {
  const auto status = ReadStatus(StatusSocketOf(options.replica_path));
  if (!status) {
    std::fprintf(stderr, "sallyport agent --status: no agent answers there: %s\n",
                 status.error().message.c_str());
    return 2;
  }
  std::fputs(status->c_str(), stdout);
  return IsHealthy(*status) ? 0 : 1;
}

}  // namespace sallyport::agent
