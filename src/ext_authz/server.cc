#include "ext_authz/server.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <tuple>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "ext_authz/inquiry_metrics.h"
#include "ext_authz/listen.h"
#include "ext_authz/rules.h"
#include "ext_authz/worker.h"

namespace sallyport::ext_authz {
namespace {

// For the feed, logs, the Replica and so on.
constexpr rlim_t kOtherFiles = 128;

constexpr uint32_t kMostThreadsByDefault = 4;

// At most as many as connections, so that each thread may have one.
uint32_t ThreadsOf(const Options& options) {
  const uint32_t threads = options.threads > 0 ? options.threads
                                               : std::clamp(std::thread::hardware_concurrency(), 1U,
                                                            kMostThreadsByDefault);
  return std::min(threads, options.connections);
}

// What the decisions on a rule's requests were, by thread.
using CountersOfRule = std::vector<std::unique_ptr<RuleCounters>>;

// Besides its connections, for the asking thread itself and for a file that it reads.
constexpr rlim_t kOtherFilesOfAsking = 8;

// For the connections over which the rules ask. Those of rules that were replaced stay for a while.
rlim_t FilesOf(const std::vector<NamedRule>& rules) {
  rlim_t files = 0;
  for (const NamedRule& rule : rules) {
    if (rule.inquirer) files += rule.inquirer->connections() + kOtherFilesOfAsking;
    if (rule.issuer_keys) files += kOtherFilesOfAsking;
  }
  return 2 * files;
}

base::Status AllowFiles(uint32_t connections, const std::vector<NamedRule>& rules) {
  rlimit limit{};
  const rlim_t needed = connections + kOtherFiles + FilesOf(rules);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return {};
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  if (limit.rlim_cur == needed && setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return base::Error{
      base::code::kInvalidSetting,
      fmt::format("authorize-connections {}, with the connections of the rules: this process may "
                  "open only {} files: raise the limit (LimitNOFILE= of systemd) to {}",
                  connections, limit.rlim_max, needed),
      ""};
}

prometheus::ClientMetric Labelled(std::vector<prometheus::ClientMetric::Label> labels,
                                  uint64_t value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = static_cast<double>(value);
  return metric;
}

}  // namespace

class Server::Impl {
 public:
  Impl(Options options, const base::Clock& clock) : options_(std::move(options)), clock_(clock) {}
  ~Impl() { Stop(); }

  base::Status Start();
  void Reload();
  std::string Metrics() const;
  std::string Problems() const;

 private:
  void Stop();
  // Those that this process can use.
  base::Result<std::vector<NamedRule>> ReadUsableRules();
  std::shared_ptr<inquiry::IssuerKeys> GiveKeys(inquiry::IssuerKeys::Options options);
  void UseRules(std::vector<NamedRule> rules);
  void AcceptFrom(Listener& listener);
  void AcceptLater(Listener& listener);
  Worker& NextWorker();
  prometheus::MetricFamily DecisionFamily() const;
  prometheus::MetricFamily ConnectionFamily(std::string name, prometheus::MetricType type,
                                            std::string help,
                                            Counter ConnectionCounters::*counter) const;

  const Options options_;
  const base::Clock& clock_;
  // By the name of the rule. Rules that are gone keep theirs, as a counter must not go back.
  std::map<std::string, CountersOfRule> counters_;
  Inquirers inquirers_;  // of the rules that are used now
  KeysByRule keys_of_;   // of the rules that are used now
  // By URL, CA file and refresh.
  std::map<std::tuple<std::string, std::string, int64_t>, std::weak_ptr<inquiry::IssuerKeys>>
      issuer_keys_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // run by the first worker's thread
  size_t next_worker_ = 0;
};

base::Status Server::Impl::Start() {
  SALLYPORT_ASSIGN(auto rules, ReadUsableRules());
  Worker::Options worker;
  worker.gate.replica_path = options_.replica_path;
  worker.gate.replica_owner = options_.replica_owner;
  worker.gate.cache_tokens = options_.cache_tokens;
  const uint32_t threads = ThreadsOf(options_);
  worker.connections = options_.connections / threads;
  for (uint32_t i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(worker, clock_));
  }
  boost::asio::io_context& io = workers_.front()->io();
  for (const std::string& address : options_.listen) {
    SALLYPORT_ASSIGN(auto listener, Listen(io, address, options_.socket_group));
    listeners_.push_back(std::move(listener));
  }
  // Before any connection: what is posted first runs first.
  UseRules(std::move(rules));
  for (const auto& listener : listeners_) AcceptFrom(*listener);
  for (const auto& started : workers_) started->Start();
  for (const std::string& address : options_.listen) {
    base::LogInfo("authorizing", {{"address", address}, {"threads", threads}});
  }
  return {};
}

void Server::Impl::Stop() {
  for (const auto& worker : workers_) worker->Stop();
  listeners_.clear();
}

void Server::Impl::UseRules(std::vector<NamedRule> rules) {
  const auto shared = std::make_shared<const std::vector<NamedRule>>(std::move(rules));
  inquirers_.clear();
  keys_of_.clear();
  for (const NamedRule& rule : *shared) {
    if (rule.inquirer) inquirers_[rule.name] = rule.inquirer;
    if (rule.issuer_keys) keys_of_[rule.name] = rule.issuer_keys;
    CountersOfRule& counters = counters_[rule.name];
    while (counters.size() < workers_.size()) counters.push_back(std::make_unique<RuleCounters>());
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    std::vector<RuleCounters*> counters;
    for (const NamedRule& rule : *shared) counters.push_back(counters_[rule.name][i].get());
    workers_[i]->UseRules(shared, std::move(counters));
  }
}

base::Result<std::vector<NamedRule>> Server::Impl::ReadUsableRules() {
  SALLYPORT_ASSIGN(auto rules, ReadRules(options_.rules_file, [this](auto options) {
                     return GiveKeys(std::move(options));
                   }));
  for (const NamedRule& rule : rules) {
    if (!rule.needs_replica || !options_.replica_path.empty()) continue;
    return base::Error{base::code::kInvalidSetting,
                       fmt::format("{}: the rule {} needs the Replica: give the agent --enrolment, "
                                   "or the rule another mode and a jwks_url",
                                   options_.rules_file, rule.name),
                       ""};
  }
  SALLYPORT_TRY(AllowFiles(options_.connections, rules));
  return rules;
}

std::shared_ptr<inquiry::IssuerKeys> Server::Impl::GiveKeys(inquiry::IssuerKeys::Options options) {
  std::erase_if(issuer_keys_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<inquiry::IssuerKeys>& known =
      issuer_keys_[{options.url, options.ca_file, options.refresh_millis}];
  std::shared_ptr<inquiry::IssuerKeys> keys = known.lock();
  if (!keys) {
    keys = std::make_shared<inquiry::IssuerKeys>(std::move(options), clock_);
    known = keys;
  }
  return keys;
}

void Server::Impl::Reload() {
  auto rules = ReadUsableRules();
  if (!rules) {
    base::LogError("not reloaded: the old one stays",
                   {{"what", "rules"}, {"cause", rules.error().message}});
    return;
  }
  UseRules(std::move(rules).value());
  base::LogInfo("reloaded", {{"what", "rules"}});
}

Worker& Server::Impl::NextWorker() {
  size_t best = next_worker_++ % workers_.size();
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i]->counted().open.value() < workers_[best]->counted().open.value()) best = i;
  }
  return *workers_[best];
}

void Server::Impl::AcceptFrom(Listener& listener) {
  Worker& worker = NextWorker();
  listener.acceptor.async_accept(
      worker.io(),
      [this, &listener, &worker](const boost::system::error_code& error, Socket socket) {
        if (error == boost::asio::error::operation_aborted) return;
        if (error) return AcceptLater(listener);
        worker.Take(std::move(socket));
        AcceptFrom(listener);
      });
}

// After accepting has failed, for instance because the process has too many files open.
void Server::Impl::AcceptLater(Listener& listener) {
  listener.pause.expires_after(std::chrono::milliseconds(100));
  listener.pause.async_wait([this, &listener](const boost::system::error_code& error) {
    if (!error) AcceptFrom(listener);
  });
}

prometheus::MetricFamily Server::Impl::DecisionFamily() const {
  prometheus::MetricFamily family{.name = "sallyport_agent_authorize_decisions_total",
                                  .help = "Decisions for proxies, by rule and reason",
                                  .type = prometheus::MetricType::Counter,
                                  .metric = {}};
  for (const auto& [name, threads] : counters_) {
    uint64_t allowed = 0;
    std::array<uint64_t, SALLYPORT_REASON_COUNT> denied{};
    for (const auto& thread : threads) {
      allowed += thread->allowed.value();
      for (size_t i = 0; i < denied.size(); ++i) denied[i] += thread->denied[i].value();
    }
    family.metric.push_back(Labelled({{"rule", name}, {"decision", "allow"}}, allowed));
    for (size_t i = 0; i < denied.size(); ++i) {
      if (denied[i] == 0) continue;
      const auto reason = static_cast<sallyport_reason>(i);
      family.metric.push_back(Labelled(
          {{"rule", name}, {"decision", "deny"}, {"reason", sallyport_reason_name(reason)}},
          denied[i]));
    }
  }
  return family;
}

prometheus::MetricFamily Server::Impl::ConnectionFamily(
    std::string name, prometheus::MetricType type, std::string help,
    Counter ConnectionCounters::*counter) const {
  uint64_t sum = 0;
  for (const auto& worker : workers_) sum += (worker->counted().*counter).value();
  prometheus::ClientMetric metric;
  (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) =
      static_cast<double>(sum);
  return {.name = "sallyport_agent_authorize_" + std::move(name),
          .help = std::move(help),
          .type = type,
          .metric = {metric}};
}

std::string Server::Impl::Metrics() const {
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  constexpr auto kCounter = prometheus::MetricType::Counter;
  std::vector<prometheus::MetricFamily> families = {
      DecisionFamily(),
      ConnectionFamily("connections", kGauge, "Connections of proxies", &ConnectionCounters::open),
      ConnectionFamily("accepted_total", kCounter, "Connections that proxies have made",
                       &ConnectionCounters::accepted),
      ConnectionFamily("evicted_total", kCounter,
                       "Connections closed because there were too many; raise "
                       "--authorize-connections",
                       &ConnectionCounters::evicted),
      ConnectionFamily("timed_out_total", kCounter,
                       "Connections closed because nothing was sent or taken for too long",
                       &ConnectionCounters::timed_out),
      ConnectionFamily("refused_requests_total", kCounter,
                       "Requests refused because they were malformed, too long, or had a body",
                       &ConnectionCounters::refused_heads),
      ConnectionFamily("unknown_rules_total", kCounter, "Requests for a rule that does not exist",
                       &ConnectionCounters::unknown_rules),
  };
  AddInquiryFamilies(inquirers_, families);
  AddIssuerKeyFamilies(keys_of_, families);
  return prometheus::TextSerializer().Serialize(families);
}

std::string Server::Impl::Problems() const {
  std::string problems;
  for (const auto& [rule, keys] : keys_of_) {
    if (keys->Now()) continue;
    problems += fmt::format("The rule {} has no keys, and refuses every token: {}\n", rule,
                            keys->problem());
  }
  return problems;
}

base::Result<std::unique_ptr<Server>> Server::Start(Options options, const base::Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  SALLYPORT_TRY(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
void Server::Reload() {
  impl_->Reload();
}
std::string Server::Metrics() const {
  return impl_->Metrics();
}
std::string Server::Problems() const {
  return impl_->Problems();
}

}  // namespace sallyport::ext_authz
