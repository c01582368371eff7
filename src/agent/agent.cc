#include "agent/agent.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/enrolment_file.h"
#include "agent/follower.h"
#include "agent/link.h"
#include "agent/local_endpoints.h"
#include "agent/report.h"
#include "agent/server_choice.h"
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

constexpr milliseconds kIdleWork{200};
// How often the Agent checks whether the second server has to take the first one's place.
constexpr milliseconds kLookPeriod{25};
// An Agent comes back to the server that it prefers when that server has worked without a failure
// for this long, and a random time of up to half as much, so that not all Agents come back at once.
constexpr int64_t kComeBackMillis = 5'000;
// How often a server that neither connection uses, and that is preferred, is tried.
constexpr int64_t kTryPreferredMillis = 15'000;

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

class Agent::Impl final : public std::enable_shared_from_this<Impl>, private LinkHost {
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
        first_(std::make_shared<Link>(io, clock, static_cast<LinkHost&>(*this), *writer_, name_)),
        second_(std::make_shared<Link>(io, clock, static_cast<LinkHost&>(*this), *writer_, name_)),
        resolver_(io),
        look_timer_(io),
        work_timer_(io) {
    second_->follower().SetFirst(false);
  }

  base::Status Listen();
  void Begin();
  void Stop();
  void Reload();
  Report MakeReport() const;
  uint16_t metrics_port() const {
    return metrics_acceptor_ ? metrics_acceptor_->local_endpoint().port() : 0;
  }

 private:
  // ---- Of LinkHost
  asio::awaitable<void> Resolve() override;
  base::Result<std::optional<Target>> Choose(Link& link) override;
  void Follows(Link& link) override;
  void Rebuilds(Link& link) override;
  void Ended(Link& link, const base::Error& why) override;

  // Has the second server take the first one's place when that gives no lease, or when it is the
  // one that this Agent prefers.
  asio::awaitable<void> Supervise();
  bool MustSwap() const;
  // The first server has failed: the second takes its place, and the Agent does not come back for a
  // while, whatever the server has granted before.
  void Leave(std::string_view why);
  bool ShouldComeBack() const;
  void Swap(std::string_view why);
  // Rebuilds the Replica in slices.
  asio::awaitable<void> Maintenance();
  void KeepStatusSocket();
  // Formats the report as it is at the moment of each call.
  std::function<std::string()> TextOf(std::string (*format)(const Report&));
  asio::awaitable<void> Wait(asio::steady_timer& timer, milliseconds duration);

  asio::io_context& io_;
  const Options options_;
  const base::Clock& clock_;
  // from the options; empty: those in the enrolment file
  const std::vector<channel::Address> servers_;
  std::string name_;
  std::optional<channel::Enrolment> used_;  // the one that was used in the last attempt
  std::unique_ptr<revocation::ReplicaWriter> writer_;
  std::shared_ptr<Link> first_, second_;
  ServerChoice choice_;
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer look_timer_, work_timer_;
  std::shared_ptr<asio::local::stream_protocol::acceptor> status_acceptor_;
  std::shared_ptr<asio::ip::tcp::acceptor> metrics_acceptor_;
  bool stopping_ = false;
  // A random part of the pauses, so that Agents that lose a server together do not move together.
  const int64_t jitter_millis_ = static_cast<int64_t>(base::RandomU64() % (kComeBackMillis / 2));
  int64_t tried_preferred_at_ = 0;  // BootNanos
  int64_t left_at_ = 0;             // BootNanos
  uint64_t moves_ = 0;
  std::string last_error_;
  std::string second_error_;
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
  first_->Begin(shared_from_this());
  second_->Begin(shared_from_this());
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->Supervise(); }, asio::detached);
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->Maintenance(); }, asio::detached);
}

void Agent::Impl::Stop() {
  if (stopping_) return;
  stopping_ = true;
  writer_->EndLease();
  first_->Stop();
  second_->Stop();
  resolver_.cancel();
  look_timer_.cancel();
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
  for (const auto& link : {first_, second_}) {
    link->Close();
    link->Hurry();
  }
}

asio::awaitable<void> Agent::Impl::Wait(asio::steady_timer& timer, milliseconds duration) {
  timer.expires_after(duration);
  co_await timer.async_wait(kTuple);
}

// ---- The servers

asio::awaitable<void> Agent::Impl::Resolve() {
  const auto enrolment = ReadEnrolment(options_.enrolment_file);
  if (!enrolment) co_return;
  const std::vector<channel::Address> named = servers_.empty() ? enrolment->servers : servers_;
  std::vector<channel::Address> found;
  for (const channel::Address& server : named) {
    const auto [unresolved, endpoints] =
        co_await resolver_.async_resolve(server.host, server.port, kTuple);
    if (stopping_) co_return;
    // A name with one address is kept as it is, so that messages show it; so is a name that cannot
    // be looked up.
    if (unresolved || endpoints.size() == 1) {
      found.push_back(server);
      continue;
    }
    for (const auto& one : endpoints) {
      found.push_back(
          {one.endpoint().address().to_string(), std::to_string(one.endpoint().port())});
    }
  }
  choice_.Set(enrolment->name, std::move(found));
}

base::Result<std::optional<LinkHost::Target>> Agent::Impl::Choose(Link& link) {
  auto enrolment = ReadEnrolment(options_.enrolment_file);
  if (!enrolment) return enrolment.error();
  name_ = enrolment->name;
  if (used_ && channel::FormatEnrolment(*used_) != channel::FormatEnrolment(*enrolment)) {
    first_->follower().BecomeAnother();
    second_->follower().BecomeAnother();
  }
  used_ = *enrolment;
  const bool is_first = &link == first_.get();
  // Without a position, a second server would have to send everything.
  if (!is_first && !first_->following()) return std::optional<Target>();
  const Link& other = is_first ? *second_ : *first_;
  const auto server =
      choice_.At(link.attempts(), other.connected() ? other.server() : std::nullopt);
  if (!server) return std::optional<Target>();
  return std::optional(Target{*server, enrolment->key()});
}

void Agent::Impl::Follows(Link& link) {
  if (&link == first_.get()) second_->Hurry();
  if (&link == second_.get()) second_error_.clear();
}

void Agent::Impl::Rebuilds(Link& link) {
  if (&link == first_.get()) second_->Close();
}

void Agent::Impl::Ended(Link& link, const base::Error& why) {
  const std::string cause = why.cause.empty() ? why.message : why.cause;
  if (&link == second_.get()) {
    // There may be no second server for days, and the reason is logged only when it changes.
    if (std::exchange(second_error_, cause) != cause) {
      base::LogWarning("no second server is ready", {{"error", why.code}, {"cause", cause}});
    }
    return;
  }
  last_error_ = cause;
  base::LogWarning("feed ended", {{"error", why.code}, {"cause", cause}});
  if (second_->ready()) Leave("the connection has ended");
}

bool Agent::Impl::MustSwap() const {
  if (!second_->ready()) return false;
  // If there is no connection to the first server, the second one cannot be worse.
  return !first_->connected() ||
         first_->waiting_millis() > int64_t{first_->follower().ttl_millis()} / 4;
}

bool Agent::Impl::ShouldComeBack() const {
  if (!second_->ready() || !first_->server() || !second_->server()) return false;
  const int64_t since = std::max(second_->connected_at(), left_at_);
  const int64_t there = (clock_.BootNanos() - since) / base::kNanosPerMilli;
  return choice_.Prefers(*second_->server(), *first_->server()) &&
         there > kComeBackMillis + jitter_millis_;
}

// A server that stands still seems to be ready for some seconds more, because of the lease that it
// granted last. So the time is noted, and the Agent does not come back at once.
void Agent::Impl::Leave(std::string_view why) {
  left_at_ = clock_.BootNanos();
  Swap(why);
}

// The lease that the Replica has stays until it expires. The server that gave it goes on sending,
// and is told of what is applied: so it waits for nobody either.
void Agent::Impl::Swap(std::string_view why) {
  std::swap(first_, second_);
  first_->follower().SetFirst(true);
  second_->follower().SetFirst(false);
  ++moves_;
  base::LogInfo(
      "leases are taken from another server",
      {{"server", first_->server() ? channel::Show(*first_->server()) : ""}, {"because", why}});
  first_->Hurry();
}

asio::awaitable<void> Agent::Impl::Supervise() {
  while (!stopping_) {
    if (MustSwap()) {
      Leave("the first one gives no lease");
    } else if (ShouldComeBack()) {
      Swap("it is the one that this agent prefers");
    }
    const int64_t now = clock_.BootNanos();
    if ((now - tried_preferred_at_) / base::kNanosPerMilli > kTryPreferredMillis + jitter_millis_) {
      tried_preferred_at_ = now;
      const auto& order = choice_.order();
      const bool used = order.size() < 3 || first_->server() == order.front() ||
                        second_->server() == order.front();
      if (!used) second_->Retry();
    }
    co_await Wait(look_timer_, kLookPeriod);
  }
}

// ---- Tasks beside the feed

asio::awaitable<void> Agent::Impl::Maintenance() {
  while (!stopping_) {
    const auto more = writer_->Work();
    if (!more) base::LogError("the Replica was not rebuilt", {{"cause", more.error().cause}});
    // Only a new connection brings the snapshot that the Agent needs now.
    if (writer_->is_forsaken() && first_->following()) {
      // What the lost file lacks must wait for the end of its lease: nobody acknowledges it for the
      // instances that hold it.
      second_->Close();
      second_->follower().BecomeAnother();
      first_->Close();
    }
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
  if (first_->server()) report.server = channel::Show(*first_->server());
  if (second_->ready() && second_->server()) report.second = channel::Show(*second_->server());
  report.replica = options_.replica_path;
  report.connected = first_->connected();
  report.following = first_->following();
  report.connects = first_->connects() + second_->connects();
  report.moves = moves_;
  report.last_error = last_error_;
  report.refusal = first_->follower().refusal();
  for (const auto& link : {first_, second_}) {
    const FollowerCounters& counters = link->follower().counters();
    report.counters.grants += counters.grants;
    report.counters.refusals += counters.refusals;
    report.counters.applied += counters.applied;
    report.counters.snapshots += counters.snapshots;
  }
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

}  // namespace sallyport::agent
