// `sallyport serve`: what is made in which order, and ended in which.
#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "channel/enrolment.h"
#include "delivery/courier.h"
#include "delivery/function_sender.h"
#include "domain/agent_key.h"
#include "domain/family_keeper.h"
#include "domain/geo_database.h"
#include "domain/group.h"
#include "domain/key_ring.h"
#include "domain/key_start.h"
#include "domain/leftover_keeper.h"
#include "domain/password_hasher.h"
#include "domain/pool_removal.h"
#include "domain/sealing.h"
#include "domain/sign_ups.h"
#include "domain/throttle.h"
#include "feed/hub.h"
#include "http/feed_listener.h"
#include "http/listen.h"
#include "http/server.h"
#include "main/commands.h"
#include "main/hooks.h"
#include "main/housekeeper.h"
#include "main/import_runner.h"
#include "main/secret_files.h"
#include "main/serve_settings.h"
#include "main/transports.h"
#include "operations/dispatcher.h"
#include "operations/shared/settings_table.h"
#include "revocation/wire.h"
#include "store/server_time.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::main {
namespace {

namespace asio = boost::asio;

constexpr int kHashNice = 10;
constexpr size_t kQuickQueue = 4096;
// At tens of milliseconds a hash, what waits longer than this many is answered by a client's
// time-out.
constexpr size_t kHashQueuePerThread = 128;
// Beside 1.5 TTL + margin, which a release takes at most after a fault, and the hold after a start.
constexpr int64_t kReleaseSlackMillis = 10'000;
constexpr int64_t kDrainMillis = 10'000;
// Of that, what calls are given that wait for a hook.
constexpr int64_t kHookDrainMillis = 2'000;
// Descriptors that are neither a caller's nor an Agent's: store, logs, hooks, deliveries.
constexpr size_t kOtherDescriptors = 256;
// Where the limit cannot be read.
constexpr size_t kFewDescriptors = 1024;
// Most of a delivery is waiting for the service.
constexpr size_t kDeliveryThreads = 4;
// How often leftovers are looked through, at least.
constexpr uint32_t kLeftoversSeconds = 60;

// Idle memory small: few arenas, and large blocks (Argon2id's) go back to the kernel when freed.
void BoundMemory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

// How many descriptors there may be, now that the limit is raised.
size_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewDescriptors;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : kFewDescriptors;
}

// Agents have theirs first: what is left is the public's.
struct Limits {
  http::FeedListenerOptions feed;
  size_t connections = 0;
};
Limits LimitsOf(const ServeSettings& settings, size_t descriptors) {
  Limits limits;
  limits.feed.listen = settings.feed_listen;
  limits.feed.agent_limit = std::min(limits.feed.agent_limit, descriptors / 4);
  limits.feed.handshake_limit = std::min(limits.feed.handshake_limit, descriptors / 16);
  const size_t kept =
      http::FeedListener::Descriptors(limits.feed) + std::min(kOtherDescriptors, descriptors / 4);
  limits.connections = std::min<size_t>(settings.connection_limit, descriptors - kept);
  if (limits.connections < settings.connection_limit) {
    base::LogWarning(
        "fewer connections than connection-limit says: the process may not open more "
        "files (ulimit -n)",
        {{"connections", limits.connections}, {"files", descriptors}});
  }
  return limits;
}

revocation::PositionMark MarkOf(const domain::Vault& vault, const revocation::LogId& log,
                                const revocation::LogPosition& position, std::string_view agent) {
  revocation::WireWriter place;
  place.Bytes(log);
  place.Int(position.sequence);
  place.Bytes(position.hash);
  const std::string mac = vault.Mac("feed position", std::move(place).Take() + std::string(agent));
  revocation::PositionMark mark{};
  std::copy_n(mac.begin(), mark.size(), mark.begin());
  return mark;
}

feed::Options FeedOptions(const ServeSettings& settings, store::Store& store,
                          const domain::Vault& vault, const store::ServerTime& time) {
  feed::Options options{.ttl_millis = settings.feed_ttl_millis, .confirm = settings.confirm == 0};
  options.forget_before = [&time] { return time.forget_before().seconds(); };
  options.mark = [&vault](const revocation::LogId& log, const revocation::LogPosition& position,
                          std::string_view agent) { return MarkOf(vault, log, position, agent); };
  options.enrolled = [&store](const feed::Agent& agent) {
    return domain::IsEnrolled(store, agent.name, agent.key_id);
  };
  return options;
}

// The server can tell every key that it ever made, also one that a restored store has forgotten.
channel::FindSecret FindSecret(const domain::Vault& vault) {
  return [&vault](std::string_view identity) -> std::optional<base::Secret> {
    if (!channel::ParseIdentity(identity)) return std::nullopt;
    return domain::AgentSecret(vault, identity);
  };
}

std::vector<std::string> Addresses(const http::FeedListener& feed) {
  std::vector<std::string> addresses;
  for (const auto& endpoint : feed.endpoints()) addresses.push_back(http::Show(endpoint));
  return addresses;
}

// SIGTERM and SIGINT come to Wait() alone. Made before any thread.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void Wait() const {
    int received = 0;
    sigwait(&set_, &received);
  }

 private:
  sigset_t set_{};
};

// Threads that run an io_context until they go.
class IoThreads {
 public:
  IoThreads(asio::io_context& context, uint32_t count)
      : context_(context), work_(context.get_executor()) {
    for (uint32_t i = 0; i < count; ++i) threads_.emplace_back([&context] { context.run(); });
  }
  ~IoThreads() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

 private:
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

std::function<base::Result<std::string>(const http::SignedRequest&)> SignatureCheck(
    const ServeSettings& settings, http::SigV4Verifier& verifier) {
  if (!settings.insecure_any_credentials) {
    return [&verifier](const http::SignedRequest& request) { return verifier.Verify(request); };
  }
  base::LogWarning("INSECURE: calls are taken with any credentials, or none");
  return
      [region = settings.region](const http::SignedRequest& request) -> base::Result<std::string> {
        return http::ClaimedRegion(request).value_or(region);
      };
}

// "0.0.0.0" is no address to call.
std::string ShowReachable(const asio::ip::tcp::endpoint& endpoint) {
  if (!endpoint.address().is_unspecified()) return http::Show(endpoint);
  return fmt::format("localhost:{}", endpoint.port());
}

// What a server need not have done to revoke: a start on a full disk leaves it to the next.
base::Status LaterIfDiskFull(base::Status done) {
  if (done || !store::IsDiskFull(done.error())) return done;
  base::LogWarning("left to the next start", {{"cause", done.error().cause}});
  return {};
}

// What must be done before anything can be signed.
base::Status MustBeDone(base::Status done) {
  if (done || !store::IsDiskFull(done.error())) return done;
  return base::Error{"disk_full",
                     "the disk is full, and the signing keys cannot be made ready before there is "
                     "space again: make some and start again",
                     done.error().cause};
}

// A start that is refused has written nothing.
base::Status StartKeys(const domain::Services& services, bool new_issuer) {
  const base::Status same = domain::CheckIssuers(services);
  if (!same && !(new_issuer && same.error().code == domain::kOtherIssuer)) return same;
  if (same && new_issuer) {
    base::LogWarning("--new-issuer is given, and no user pool needs it: leave it out");
  }
  SALLYPORT_TRY(MustBeDone(domain::SealStore(services.store, services.vault)));
  SALLYPORT_TRY(MustBeDone(domain::NoteKids(services)));
  SALLYPORT_TRY(MustBeDone(domain::MendKeys(services)));
  SALLYPORT_TRY(LaterIfDiskFull(domain::ScrubSealed(services.store)));
  return domain::CheckKeys(services);
}

base::Status Run(const ServeSettings& settings, size_t descriptors, const StopSignals& signals) {
  SALLYPORT_ASSIGN(
      const std::unique_ptr<store::Store> store,
      store::OpenSqlite(settings.data, {.reserve_bytes = uint64_t{settings.reserve_mib} << 20}));
  SALLYPORT_ASSIGN(auto credentials, ReadCredentials(settings.data));
  std::vector<AgentToken> agent_tokens;
  if (settings.old_agents) {
    SALLYPORT_ASSIGN(agent_tokens, ReadAgentTokens(settings.data));
  }
  SALLYPORT_ASSIGN(const auto vault, OpenVault(KeyPath(settings), *store));

  // The host's clock, and the server's own, which is never set back beyond what was forgotten by.
  const base::SystemClock& clock = base::SystemClock::Get();
  SALLYPORT_ASSIGN(const auto time, store::ServerTime::Open(*store, clock));
  std::unique_ptr<domain::GeoDatabase> geo_database;
  if (!settings.geo_database.empty()) {
    SALLYPORT_ASSIGN(geo_database, domain::GeoDatabase::Open(settings.geo_database));
  }
  SALLYPORT_ASSIGN(delivery::Transports transports, MakeTransports(settings, clock));
  SALLYPORT_ASSIGN(auto kms, MakeKms(settings));
  asio::io_context context(static_cast<int>(settings.io_threads));
  feed::Hub hub(context.get_executor(), *store, *time,
                FeedOptions(settings, *store, *vault, *time));
  const Limits limits = LimitsOf(settings, descriptors);
  http::FeedListener feed(context, hub, FindSecret(*vault), limits.feed);
  domain::Settings domain_settings;
  domain::KeyRing keys(*store, *vault);
  domain::PasswordHasher passwords(settings.argon2_memory_kib, settings.argon2_iterations,
                                   settings.argon2_parallelism);
  domain::FamilyKeeper families(*store, *time);
  domain::Throttle throttle(QuotasOf(settings), clock);
  domain::CeilingWatch ceiling_watch;
  ImportRunner imports;
  http::Metrics metrics;
  SALLYPORT_ASSIGN(const auto hooks, MakeHooks(settings, context, clock, metrics));
  domain::Services services{domain_settings,
                            *time,
                            *store,
                            keys,
                            passwords,
                            *vault,
                            families,
                            [&hub] { return hub.restored_store(); },
                            [&imports] { imports.Wake(); },
                            &throttle};
  services.hooks = hooks.get();
  services.geo_database = geo_database.get();
  services.ceiling_watch = &ceiling_watch;
  const operations::Dispatcher dispatcher(services);
  http::SigV4Verifier verifier(std::move(credentials), clock);
  http::WorkerPool quick({.threads = settings.quick_threads, .queue = kQuickQueue});
  http::WorkerPool hash({.threads = settings.hash_threads,
                         .queue = kHashQueuePerThread * settings.hash_threads,
                         .nice = kHashNice});
  http::Backends backends{
      .dispatcher = dispatcher,
      .services = services,
      .hub = hub,
      .quick = quick,
      .hash = hash,
      .metrics = metrics,
      .verify_signature = SignatureCheck(settings, verifier),
      .prove = [&verifier](const http::SignedRequest& request,
                           std::string_view text) { return verifier.Prove(request, text); },
      .agent_of_token = {},
      .feed_addresses = [&feed] { return Addresses(feed); },
      .describe_hooks = [&hooks] { return DescribeHooks(*hooks); },
      .greatest_release_millis = 2 * int64_t{settings.feed_ttl_millis} + kReleaseSlackMillis,
      .confirm = settings.confirm == 0,
      .metrics_for_all = settings.metrics == 1};
  if (settings.old_agents) {
    backends.agent_of_token = [&agent_tokens](std::string_view token) {
      return AgentOf(agent_tokens, token);
    };
  }
  http::Server server(context, backends,
                      {.listen = settings.listen,
                       .tls_cert = settings.tls_cert,
                       .tls_key = settings.tls_key,
                       .connection_limit = limits.connections});
  SALLYPORT_TRY(server.Listen());
  SALLYPORT_TRY(feed.Listen());
  domain_settings = DomainSettings(settings, ShowReachable(server.endpoints().front()));
  SALLYPORT_TRY(StartKeys(services, settings.new_issuer));
  SALLYPORT_TRY(domain::FinishPoolRemovals(services));
  SALLYPORT_TRY(LaterIfDiskFull(domain::FinishGroupRemovals(services)));
  SALLYPORT_TRY(LaterIfDiskFull(domain::IndexSignUps(services)));
  SALLYPORT_TRY(operations::WarnOfRefusedSettings(services));
  SALLYPORT_TRY(hub.Start());
  backends.greatest_release_millis += hub.hold_millis();
  server.Start();
  feed.Start();
  {
    const IoThreads threads(context, settings.io_threads);
    const Housekeeper housekeeper(*store, *time, settings.housekeeping_seconds);
    const domain::LeftoverKeeper leftovers(
        *store, *time, domain_settings.ceilings, ceiling_watch,
        std::chrono::seconds(std::min(settings.housekeeping_seconds, kLeftoversSeconds)));
    transports.functions = delivery::MakeFunctionSender(services, std::move(kms));
    delivery::Courier courier(*store, *vault, *time, domain_settings.ceilings, ceiling_watch,
                              std::move(transports));
    courier.Start(kDeliveryThreads);
    imports.Start(services);
    for (const auto& endpoint : server.endpoints()) {
      base::LogInfo("listening", {{"address", http::Show(endpoint)},
                                  {"tls", server.tls()},
                                  {"public_url", domain_settings.public_url}});
    }
    for (const auto& endpoint : feed.endpoints()) {
      base::LogInfo("feeding agents", {{"address", http::Show(endpoint)}});
    }
    signals.Wait();
    base::LogInfo("stopping");
    server.Drain(kHookDrainMillis);
    hooks->Stop();
    server.Drain(kDrainMillis - kHookDrainMillis);
    hub.Stop();
    feed.Close();
    server.Close();
    imports.Stop();
  }
  base::LogInfo("stopped");
  return {};
}

}  // namespace

SettingTable ServeFlags() {
  ServeSettings settings;
  return Described(ServeTable(settings));
}

int Serve(const std::vector<std::string>& arguments) {
  ServeSettings settings;
  const SettingTable table = ServeTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}", HelpText("sallyport serve [flags]",
                              "The user pool server: Amazon Cognito's API, and the feed of "
                              "revocations for agents.",
                              table));
    return 0;
  }
  if (const auto checked = CheckServeSettings(settings); !checked) {
    return Fail(checked.error().message);
  }
  base::SetLogLevel(LogLevelName(settings));
  umask(0077);
  BoundMemory();
  const size_t descriptors = RaiseFileLimit();
  const StopSignals signals;
  const base::Status ran = Run(settings, descriptors, signals);
  if (ran) return 0;
  const base::Error& error = ran.error();
  return Fail(error.cause.empty() ? error.message : error.message + ": " + error.cause);
}

}  // namespace sallyport::main
