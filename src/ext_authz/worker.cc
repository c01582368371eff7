#include "ext_authz/worker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"

namespace sallyport::ext_authz {
namespace {

// The gate cannot decide, for a reason that the operator has to know.
bool IsTrouble(sallyport_reason reason) {
  return reason == SALLYPORT_REASON_REPLICA_UNUSABLE || reason == SALLYPORT_REASON_NO_LEASE ||
         reason == SALLYPORT_REASON_NONE;
}

}  // namespace

Worker::Worker(const Options& options, const base::Clock& clock)
    : options_(options),
      clock_(clock),
      gate_(options.gate, clock),
      work_(io_.get_executor()),
      timer_(io_) {}

Worker::~Worker() {
  Stop();
}

void Worker::Stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  for (Connection* const connection : connections_) connection->Close();
}

void Worker::Start() {
  thread_ = std::thread([this] {
    Tick();
    io_.run();
  });
}

void Worker::UseRules(std::shared_ptr<const std::vector<NamedRule>> rules,
                      std::vector<RuleCounters*> counters) {
  boost::asio::post(io_, [this, rules = std::move(rules), counters = std::move(counters)] {
    MakeRules(*rules, counters);
  });
}

void Worker::MakeRules(const std::vector<NamedRule>& rules,
                       const std::vector<RuleCounters*>& counters) {
  retired_.push_back({ticks_, std::move(modes_)});
  modes_.clear();
  rules_.clear();
  for (size_t i = 0; i < rules.size(); ++i) {
    const NamedRule& rule = rules[i];
    modes_.push_back(rule.make_mode({io_, gate_}));
    rules_[rule.name] = std::make_shared<const ThreadRule>(ThreadRule{
        rule.name, modes_.back().get(), rule.headers, rule.style, rule.scope_status, counters[i]});
  }
}

std::shared_ptr<const ThreadRule> Worker::FindRule(std::string_view name) {
  const auto found = rules_.find(name);
  return found == rules_.end() ? nullptr : found->second;
}

void Worker::Denied(const ThreadRule& rule, sallyport_reason reason) {
  base::LogDebug("denied", {{"rule", rule.name}, {"reason", sallyport_reason_name(reason)}});
  if (!IsTrouble(reason) || complained_at_ == ticks_) return;
  complained_at_ = ticks_;
  const std::string& problem = gate_.problem();
  base::LogError("requests are denied",
                 {{"rule", rule.name},
                  {"reason", sallyport_reason_name(reason)},
                  {"cause", problem.empty() ? std::string_view("there is no lease") : problem}});
}

void Worker::Take(Socket socket) {
  auto shared = std::make_shared<Socket>(std::move(socket));
  boost::asio::post(io_, [this, shared] { Accept(std::move(*shared)); });
}

void Worker::Accept(Socket socket) {
  counters_.accepted.Add();
  if (counters_.open.value() >= options_.connections && !Evict()) return;
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (error) return;
  // TCP sends each answer at once; a Unix socket does not know the option.
  const int on = 1;
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::make_shared<Connection>(std::move(socket), *this)->Start();
}

bool Worker::Evict() {
  const auto oldest =
      std::find_if(connections_.begin(), connections_.end(),
                   [](const Connection* connection) { return connection->MayBeEvicted(); });
  if (oldest == connections_.end()) return false;
  (*oldest)->Close();
  counters_.evicted.Add();
  return true;
}

void Worker::Tick() {
  for (Connection* const connection : connections_) {
    if (!connection->IsLate()) continue;
    connection->Close();
    counters_.timed_out.Add();
  }
  std::erase_if(retired_, [this](const Retired& retired) {
    return ticks_ - retired.at > Connection::kAskSeconds;
  });
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ++ticks_;
    Tick();
  });
}

}  // namespace sallyport::ext_authz
