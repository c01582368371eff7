#include "main/server_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error_codes.h"
#include "base/log.h"
#include "channel/enrolment.h"
#include "delivery/function_sender.h"
#include "domain/errors.h"
#include "domain/keys/agent_key.h"
#include "domain/keys/key_rotation.h"
#include "domain/keys/key_start.h"
#include "domain/keys/sealing.h"
#include "domain/pools/pool_removal.h"
#include "domain/users/group.h"
#include "domain/users/name_upkeep.h"
#include "domain/users/sign_ups.h"
#include "http/listen.h"
#include "http/public_path.h"
#include "main/hooks.h"
#include "main/transports.h"
#include "operations/pools/settings_table.h"
#include "revocation/wire.h"

namespace sallyport::main {

namespace asio = boost::asio;

namespace {

constexpr int kHashNice = 10;
constexpr size_t kQuickQueue = 4096;
// At tens of milliseconds for a hash, a client would give up before a call behind more than this
// many others is answered.
constexpr size_t kHashQueuePerThread = 128;
// In addition to 1.5 TTL plus margin, which a release takes at most after a fault, and to the hold
// after a start.
constexpr int64_t kReleaseSlackMillis = 10'000;
constexpr int64_t kDrainMillis = 10'000;
// The part of it that is given to calls which wait for a hook.
constexpr int64_t kHookDrainMillis = 2'000;
// File descriptors that belong neither to callers nor to Agents: for the store, logs, hooks,
// deliveries and operators.
constexpr size_t kOtherDescriptors = 256;
constexpr size_t kOperatorConnections = 64;
constexpr size_t kOperatorRequestBytes = 4 * 1024 * 1024;
// Most of the time of a delivery is spent waiting for the service.
constexpr size_t kDeliveryThreads = 4;
// An app that does not answer holds up one of them.
constexpr size_t kLogoutThreads = 4;
// How often, at least, to look for keys that have to be withdrawn or rotated.
constexpr uint32_t kKeysSeconds = 60;
// How often, at least, to look for leftovers.
constexpr uint32_t kLeftoversSeconds = 60;

ConnectionLimits LimitsOf(const ServeSettings& settings, size_t descriptors) {
  ConnectionLimits limits;
  limits.feed.listen = settings.feed_listen;
  limits.feed.agent_limit = std::min(limits.feed.agent_limit, descriptors / 4);
  limits.feed.handshake_limit = std::min(limits.feed.handshake_limit, descriptors / 16);
  const size_t kept =
      http::FeedListener::Descriptors(limits.feed) + std::min(kOtherDescriptors, descriptors / 4);
  const size_t left = descriptors - kept;
  limits.connections =
      std::min<size_t>(settings.connection_limit, left - http::Connections::Leaving(left));
  if (limits.connections < settings.connection_limit) {
    base::LogWarning(
        "fewer connections than connection-limit are possible: the process may not open more files "
        "(ulimit -n)",
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
  feed::Options options{.ttl_millis = settings.feed_ttl_millis,
                        .confirm = settings.confirm == Confirm::kAll};
  options.forget_before = [&time] { return time.forget_before().seconds(); };
  options.mark = [&vault](const revocation::LogId& log, const revocation::LogPosition& position,
                          std::string_view agent) { return MarkOf(vault, log, position, agent); };
  options.enrolled = [&store](const feed::Agent& agent) {
    return domain::IsEnrolled(store, agent.name, agent.key_id);
  };
  return options;
}

// The server knows the secret of every key that it ever made, even if a restored store has
// forgotten the key.
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

std::function<base::Result<std::string>(const http::SignedRequest&)> SignatureCheck(
    const ServeSettings& settings, http::SigV4Verifier& verifier) {
  if (!settings.insecure_any_credentials) {
    return [&verifier](const http::SignedRequest& request) { return verifier.Verify(request); };
  }
  return
      [region = settings.region](const http::SignedRequest& request) -> base::Result<std::string> {
        return http::ClaimedRegion(request).value_or(region);
      };
}

// How many threads may wait while passwords are looked at: a quarter of those that compute hashes,
// at least one.
size_t WaitingLooks(const ServeSettings& settings) {
  return std::max<size_t>(1, settings.hash_threads / 4);
}

// Nobody can connect to "0.0.0.0".
std::string ShowReachable(const asio::ip::tcp::endpoint& endpoint) {
  if (!endpoint.address().is_unspecified()) return http::Show(endpoint);
  return fmt::format("localhost:{}", endpoint.port());
}

// For work that is not necessary for revoking: on a full disk a start leaves it to the next one.
base::Status LaterIfDiskFull(base::Status done) {
  if (done || !store::IsDiskFull(done.error())) return done;
  base::LogWarning("the disk is full: work that revocations do not need is left to the next start",
                   {{"cause", done.error().cause}});
  return {};
}

// For work that is necessary before anything can be signed.
base::Status MustBeDone(base::Status done) {
  if (done || !store::IsDiskFull(done.error())) return done;
  // A database that is away says so itself.
  if (done.error().message != store::DiskFullError({}).message) return done;
  return base::Error{base::code::kDiskFull,
                     "the disk is full, and the signing keys cannot be prepared before there is "
                     "space again: free some and start again",
                     done.error().cause};
}

// If this refuses the start, nothing was written.
base::Status StartKeys(const domain::Services& services, bool new_issuer) {
  base::Status same = domain::CheckIssuers(services);
  if (!same && !(new_issuer && domain::error::kOtherIssuer.Is(same.error()))) return same;
  if (same && new_issuer) {
    base::LogWarning("--new-issuer is given, but no user pool needs it: leave it out");
  }
  SALLYPORT_TRY(MustBeDone(domain::SealStore(services.store, services.vault)));
  SALLYPORT_TRY(MustBeDone(domain::NoteKids(services)));
  SALLYPORT_TRY(MustBeDone(domain::MendKeys(services)));
  SALLYPORT_TRY(MustBeDone(domain::NoteJwksLifetime(services)));
  SALLYPORT_TRY(LaterIfDiskFull(domain::ScrubSealed(services.store)));
  return domain::CheckKeys(services);
}

}  // namespace

// Threads that run the contexts until they end: `count` for the shared one, and one for each of the
// clients' contexts.
class IoThreads {
 public:
  IoThreads(asio::io_context& shared, uint32_t count, const http::ClientContexts& clients) {
    for (uint32_t i = 0; i < count; ++i) Run(shared);
    for (const auto& context : clients.all()) Run(*context);
  }
  ~IoThreads() {
    for (const Work& work : work_) work.get_executor().context().stop();
    for (std::thread& thread : threads_) thread.join();
  }
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

 private:
  using Work = asio::executor_work_guard<asio::io_context::executor_type>;

  void Run(asio::io_context& context) {
    work_.emplace_back(context.get_executor());
    threads_.emplace_back([&context] { context.run(); });
  }

  std::vector<Work> work_;
  std::vector<std::thread> threads_;
};

base::Result<Opened> Open(const ServeSettings& settings) {
  if (settings.insecure_any_credentials) {
    base::LogWarning("INSECURE: calls are accepted with any credentials, or none");
  }
  Opened opened;
  SALLYPORT_ASSIGN(opened.store, OpenStore(settings.store, settings.data,
                                           StoreUser::Server(settings.feed_ttl_millis)));
  SALLYPORT_ASSIGN(opened.credentials, ReadCredentials(settings.data));
  if (settings.old_agents) {
    SALLYPORT_ASSIGN(auto tokens, ReadAgentTokens(settings.data));
    opened.agent_tokens = std::make_unique<AgentTokens>(std::move(tokens));
  }
  SALLYPORT_ASSIGN(opened.vault, OpenVault(KeyPath(settings), *opened.store));
  const base::SystemClock& clock = base::SystemClock::Get();
  SALLYPORT_ASSIGN(opened.time, store::ServerTime::Open(*opened.store, clock));
  if (!settings.geo_database.empty()) {
    SALLYPORT_ASSIGN(opened.geo_database, domain::GeoDatabase::Open(settings.geo_database));
  }
  SALLYPORT_ASSIGN(opened.transports, MakeTransports(settings, clock));
  SALLYPORT_ASSIGN(opened.kms, MakeKms(settings));
  opened.context = std::make_unique<asio::io_context>(static_cast<int>(settings.io_threads));
  opened.clients = std::make_unique<http::ClientContexts>(settings.io_threads);
  opened.metrics = std::make_unique<http::Metrics>();
  SALLYPORT_ASSIGN(opened.hooks, MakeHooks(settings, *opened.context, clock, *opened.metrics));
  return opened;
}

// What other parties say (signatures of requests, quotas) is judged by the host's clock. Everything
// else goes by the server's own time, which never goes back beyond what was forgotten.
ServerParts::ServerParts(const ServeSettings& settings, size_t descriptors, Opened opened,
                         http::Bound bound, http::Bound operators)
    : settings_(settings),
      opened_(std::move(opened)),
      endpoints_(bound.endpoints()),
      operator_endpoints_(operators.endpoints()),
      tls_(bound.certificate != nullptr),
      domain_settings_(DomainSettings(settings, ShowReachable(endpoints_.front()))),
      limits_(LimitsOf(settings, descriptors)),
      hub_(opened_.context->get_executor(), *opened_.store, *opened_.time,
           FeedOptions(settings, *opened_.store, *opened_.vault, *opened_.time)),
      feed_(*opened_.context, hub_, FindSecret(*opened_.vault), limits_.feed),
      keys_(*opened_.store, *opened_.vault),
      passwords_(settings.argon2_memory_kib, settings.argon2_iterations,
                 settings.argon2_parallelism),
      families_(*opened_.store, *opened_.time),
      password_looks_(WaitingLooks(settings)),
      throttle_(QuotasOf(settings.limits), base::SystemClock::Get()),
      services_{.settings = domain_settings_,
                .clock = *opened_.time,
                .store = *opened_.store,
                .keys = keys_,
                .passwords = passwords_,
                .vault = *opened_.vault,
                .families = families_,
                .password_looks = password_looks_,
                .issuing_stopped = [this] { return hub_.restored_store(); },
                .imports_changed = [this] { imports_.Wake(); },
                .throttle = &throttle_,
                .hooks = opened_.hooks.get(),
                .geo_database = opened_.geo_database.get(),
                .ceiling_watch = &ceiling_watch_},
      dispatcher_(services_),
      verifier_(std::move(opened_.credentials), base::SystemClock::Get(),
                std::string(http::PathOfUrl(domain_settings_.public_url))),
      quick_({.threads = settings.quick_threads, .queue = kQuickQueue}),
      hash_({.threads = settings.hash_threads,
             .queue = kHashQueuePerThread * settings.hash_threads,
             .nice = kHashNice}),
      // One more than the number of threads that may wait for looks at passwords (PasswordLooks).
      hash_revoking_({.threads = WaitingLooks(settings) + 1, .queue = 0, .nice = kHashNice}),
      backends_(MakeBackends()),
      request_memory_(size_t{settings.request_memory_mib} << 20),
      server_(*opened_.context, *opened_.clients, backends_, std::move(bound),
              {.connection_limit = limits_.connections}, request_memory_),
      operator_memory_(kOperatorRequestBytes),
      operator_server_(*opened_.context, *opened_.clients, backends_, std::move(operators),
                       {.connection_limit = kOperatorConnections,
                        .face = http::Face::kOperator,
                        .callers = &server_.connections()},
                       operator_memory_) {}

ServerParts::~ServerParts() = default;

http::Backends ServerParts::MakeBackends() {
  http::Backends backends{
      .dispatcher = dispatcher_,
      .services = services_,
      .hub = hub_,
      .quick = quick_,
      .hash = hash_,
      .hash_revoking = hash_revoking_,
      .metrics = *opened_.metrics,
      .verify_signature = SignatureCheck(settings_, verifier_),
      .names_caller =
          [this](const http::SignedRequest& request) {
            return settings_.insecure_any_credentials || verifier_.Names(request);
          },
      .prove = [this](const http::SignedRequest& request,
                      std::string_view text) { return verifier_.Prove(request, text); },
      .agent_of_token = {},
      .feed_addresses = [this] { return Addresses(feed_); },
      .describe_hooks = [this] { return DescribeHooks(*opened_.hooks); },
      .greatest_release_millis = 2 * int64_t{settings_.feed_ttl_millis} + kReleaseSlackMillis,
      .confirm = settings_.confirm == Confirm::kAll,
      .any_credentials = settings_.insecure_any_credentials,
      .metrics_readers = settings_.metrics,
      .operators_apart = !settings_.operator_listen.empty(),
      .proxies = ProxiesOf(settings_.limits),
      .proxy_protocol = settings_.limits.proxy_protocol,
      .hash_shares = std::make_shared<domain::Shares>(
          settings_.limits.no_rate_limits ? 0 : kHashQueuePerThread * settings_.hash_threads / 2)};
  if (settings_.old_agents) {
    backends.agent_of_token = [this](std::string_view token) {
      return opened_.agent_tokens->NameOf(token);
    };
  }
  return backends;
}

base::Status ServerParts::BindFeed() {
  return feed_.Listen();
}

base::Status ServerParts::MakeReady() {
  SALLYPORT_TRY(StartKeys(services_, settings_.new_issuer));
  SALLYPORT_TRY(domain::FinishPoolRemovals(services_));
  SALLYPORT_TRY(LaterIfDiskFull(domain::FinishGroupRemovals(services_)));
  SALLYPORT_TRY(LaterIfDiskFull(domain::IndexSignUps(services_)));
  SALLYPORT_TRY(LaterIfDiskFull(domain::KeepNames(services_)));
  // A record that cannot be read is refused where it is used, and does not prevent the start.
  if (const base::Status warned = operations::WarnOfRefusedSettings(services_); !warned) {
    base::LogWarning("not all settings of user pools and app clients could be checked",
                     {{"cause", warned.error().cause}});
  }
  return hub_.Start();
}

void ServerParts::Start() {
  server_.Start();
  operator_server_.Start();
  feed_.Start();
  threads_ = std::make_unique<IoThreads>(*opened_.context, settings_.io_threads, *opened_.clients);
  housekeeper_.emplace(*opened_.store, *opened_.time, settings_.housekeeping_seconds);
  leftovers_.emplace(
      *opened_.store, *opened_.time, domain_settings_.ceilings, ceiling_watch_,
      std::chrono::seconds(std::min(settings_.housekeeping_seconds, kLeftoversSeconds)));
  opened_.transports.functions = delivery::MakeFunctionSender(services_, std::move(opened_.kms));
  courier_.emplace(*opened_.store, *opened_.vault, *opened_.time, domain_settings_.ceilings,
                   ceiling_watch_, std::move(opened_.transports));
  courier_->Start(kDeliveryThreads);
  logout_notifier_.emplace(services_, delivery::MakeLogoutPoster(settings_.delivery_ca_file));
  logout_notifier_->Start(kLogoutThreads);
  imports_.Start(services_);
  rotator_.emplace(services_, *opened_.context, hub_,
                   upkeep::KeyRotation{.interval = std::chrono::seconds(
                                           std::min(settings_.housekeeping_seconds, kKeysSeconds)),
                                       .every_days = settings_.rotate_keys_every});
  SayWhere();
}

void ServerParts::SayWhere() const {
  for (const auto& endpoint : endpoints_) {
    base::LogInfo("listening", {{"address", http::Show(endpoint)},
                                {"tls", tls_},
                                {"public_url", domain_settings_.public_url}});
  }
  for (const auto& endpoint : operator_endpoints_) {
    base::LogInfo("listening for operators", {{"address", http::Show(endpoint)}});
  }
  for (const auto& endpoint : feed_.endpoints()) {
    base::LogInfo("feeding agents", {{"address", http::Show(endpoint)}});
  }
}

namespace {

void SayReloaded(std::string_view what, const base::Status& done) {
  if (done) return base::LogInfo("reloaded", {{"what", what}});
  base::LogError("not reloaded: the old one stays",
                 {{"what", what}, {"cause", done.error().message}});
}

}  // namespace

void ServerParts::Reload() {
  if (!settings_.log_file.empty()) SayReloaded("log file", base::ReopenLogFile());
  if (http::Certificate* certificate = server_.certificate()) {
    SayReloaded("certificate", certificate->Reload());
    base::LogInfo("certificate", {{"expires", certificate->expiry()}});
  }
  SayReloaded("credentials", [this]() -> base::Status {
    SALLYPORT_ASSIGN(auto credentials, ReadCredentialsAgain(settings_.data));
    verifier_.Replace(std::move(credentials));
    return {};
  }());
  if (!opened_.agent_tokens) return;
  SayReloaded("agent tokens", [this]() -> base::Status {
    SALLYPORT_ASSIGN(auto tokens, ReadAgentTokensAgain(settings_.data));
    opened_.agent_tokens->Replace(std::move(tokens));
    return {};
  }());
}

void ServerParts::Stop() {
  // Agents ask another server, if there is one, while calls end.
  std::future<void> retired = asio::co_spawn(*opened_.context, hub_.Retire(), asio::use_future);
  server_.Drain(kHookDrainMillis);
  opened_.hooks->Stop();
  server_.Drain(kDrainMillis - kHookDrainMillis);
  retired.wait();
  hub_.Stop();
  feed_.Close();
  server_.Close();
  operator_server_.Drain(0);
  operator_server_.Close();
  imports_.Stop();
  rotator_.reset();
  logout_notifier_.reset();
  courier_.reset();
  leftovers_.reset();
  housekeeper_.reset();
  threads_.reset();
}

}  // namespace sallyport::main
