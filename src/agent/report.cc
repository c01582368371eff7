#include "agent/report.h"

#include <fmt/core.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "base/encoding.h"

namespace sallyport::agent {
namespace {

// Smaller differences between the clocks of gate and server are not reported.
constexpr int64_t kSaidMillisApart = 60'000;

uint64_t LiveKeys(const Report& report) {
  uint64_t live = 0;
  for (const auto& [issuer, keys] : report.replica_status.live_keys) live += keys;
  return live;
}

// Why there is no lease; the most recent reason takes precedence.
std::string WhyNoLease(const Report& report) {
  if (!report.connected) {
    return "not connected" + (report.last_error.empty() ? "" : ": " + report.last_error);
  }
  if (!report.refusal.empty()) return report.refusal;
  if (report.replica_status.snapshot_under_way) return "a snapshot is under way";
  return "none was granted yet";
}

boost::json::object Members(const Report& report) {
  const revocation::ReplicaStatus& replica = report.replica_status;
  const std::vector<std::string> problems = ProblemsOf(report);
  return {
      {"healthy", problems.empty()},
      {"problems", boost::json::value_from(problems)},
      {"warnings", boost::json::value_from(WarningsOf(report))},
      {"name", report.name},
      {"server", report.server},
      {"second_server", report.second},
      {"connected", report.connected},
      {"following", report.following},
      {"holds_lease", report.lease_millis_left > 0},
      {"lease_millis_left", report.lease_millis_left},
      {"epoch", replica.epoch},
      {"sequence", replica.position.sequence},
      {"log", base::HexEncode(replica.log)},
      {"hash", base::HexEncode(replica.position.hash)},
      {"replica", report.replica},
      {"entries", replica.entries},
      {"table_capacity", replica.table_capacity},
      {"keys", replica.keys},
      {"live_keys", boost::json::value_from(replica.live_keys)},
      {"unusable_keys", replica.unusable_keys},
      {"file_bytes", replica.file_bytes},
      {"memory_bytes", replica.memory_bytes},
      {"rebuilding", replica.rebuilding},
      {"rebuilds", replica.rebuilds},
      {"snapshot_under_way", replica.snapshot_under_way},
      {"snapshots", report.counters.snapshots},
      {"applied", report.counters.applied},
      {"grants", report.counters.grants},
      {"refusals", report.counters.refusals},
      {"refusal", report.refusal},
      {"connects", report.connects},
      {"moves", report.moves},
      {"last_error", report.last_error},
      {"replica_in_place", replica.problem.empty()},
      {"replica_losses", replica.losses},
      {"server_ahead_millis", report.server_ahead_millis},
  };
}

constexpr auto kCounter = prometheus::MetricType::Counter;
constexpr auto kGauge = prometheus::MetricType::Gauge;

struct Metric {
  std::string_view name;
  prometheus::MetricType type;
  std::string_view help;
  double value;
};

prometheus::MetricFamily FamilyOf(const Metric& metric) {
  prometheus::ClientMetric measured;
  (metric.type == kCounter ? measured.counter.value : measured.gauge.value) = metric.value;
  return {.name = "sallyport_agent_" + std::string(metric.name),
          .help = std::string(metric.help),
          .type = metric.type,
          .metric = {measured}};
}

}  // namespace

std::vector<std::string> ProblemsOf(const Report& report) {
  const revocation::ReplicaStatus& replica = report.replica_status;
  std::vector<std::string> problems;
  if (report.lease_millis_left <= 0) {
    problems.push_back("no lease, so every gate denies: " + WhyNoLease(report));
  }
  if (!replica.problem.empty()) problems.push_back(replica.problem);
  if (report.following && LiveKeys(report) == 0) {
    problems.emplace_back(replica.keys == 0
                              ? "the server has published no key, so every token is denied"
                              : "every key is withdrawn, so every token is denied");
  }
  return problems;
}

std::vector<std::string> WarningsOf(const Report& report) {
  std::vector<std::string> warnings;
  const auto& live_keys = report.replica_status.live_keys;
  for (const auto& [issuer, keys] : live_keys) {
    if (keys == 0)
      warnings.push_back("every key of " + issuer + " is withdrawn, so all its tokens are denied");
  }
  if (report.replica_status.unusable_keys > 0) {
    warnings.push_back(fmt::format("{} published keys cannot be used, and their tokens are denied",
                                   report.replica_status.unusable_keys));
  }
  if (report.replica_status.is_for_owner_only) {
    warnings.push_back("only the agent's own user may enter the directory of " + report.replica +
                       ", or one above it: gates of other users find no Replica and deny");
  }
  if (std::abs(report.server_ahead_millis) > kSaidMillisApart) {
    warnings.push_back(
        fmt::format("the server's clock is {} s {} this host's; tokens are judged by the server's",
                    std::abs(report.server_ahead_millis) / 1000,
                    report.server_ahead_millis > 0 ? "ahead of" : "behind"));
  }
  return warnings;
}

std::string ToHealth(const Report& report) {
  std::string text;
  for (const std::string& problem : ProblemsOf(report)) text += problem + "\n";
  return text;
}

std::string ToJson(const Report& report) {
  std::string text = "{\n";
  const boost::json::object members = Members(report);
  size_t left = members.size();
  for (const auto& member : members) {
    text += "  " + boost::json::serialize(boost::json::string(member.key())) + ": " +
            boost::json::serialize(member.value()) + (--left > 0 ? ",\n" : "\n");
  }
  return text + "}\n";
}

bool IsHealthy(const std::string& json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object()) return false;
  const boost::json::value* healthy = value.as_object().if_contains("healthy");
  return healthy != nullptr && healthy->is_bool() && healthy->as_bool();
}

std::string ToMetrics(const Report& report) {
  const revocation::ReplicaStatus& replica = report.replica_status;
  const auto number = [](auto value) { return static_cast<double>(value); };
  const std::array metrics = {
      Metric{"healthy", kGauge, "1 while gates on this host can allow; --status says what is wrong",
             number(ProblemsOf(report).empty())},
      Metric{"replica_in_place", kGauge,
             "1 while the file at the Replica's path is the one that the agent writes, and only "
             "its owner may write there",
             number(replica.problem.empty())},
      Metric{"replica_losses_total", kCounter,
             "How often the file at the Replica's path was lost, replaced or changed by others",
             number(replica.losses)},
      Metric{"live_keys", kGauge, "Public keys in the Replica that are not withdrawn",
             number(LiveKeys(report))},
      Metric{"connected", kGauge, "1 while the feed is connected", number(report.connected)},
      Metric{"lease_seconds", kGauge, "Seconds left of the lease, 0 without one",
             number(report.lease_millis_left) / 1000},
      Metric{"sequence", kGauge, "Sequence number that the Replica has applied",
             number(replica.position.sequence)},
      Metric{"entries", kGauge, "Revocations in the Replica", number(replica.entries)},
      Metric{"table_words", kGauge, "Words of the Replica's table", number(replica.table_capacity)},
      Metric{"keys", kGauge, "Public keys in the Replica", number(replica.keys)},
      Metric{"unusable_keys", kGauge,
             "Published keys that the Replica cannot hold, so that their tokens are denied",
             number(replica.unusable_keys)},
      Metric{"replica_bytes", kGauge, "Bytes of mapped Replica files", number(replica.file_bytes)},
      Metric{"connects_total", kCounter, "Connections made", number(report.connects)},
      Metric{"second_server_ready", kGauge,
             "1 while another server is ready to take the first one's place",
             number(report.second.empty() ? 0 : 1)},
      Metric{"moves_total", kCounter, "How often leases were taken from another server",
             number(report.moves)},
      Metric{"applied_total", kCounter, "Revocations applied", number(report.counters.applied)},
      Metric{"snapshots_total", kCounter, "Snapshots loaded", number(report.counters.snapshots)},
      Metric{"grants_total", kCounter, "Leases granted or extended",
             number(report.counters.grants)},
      Metric{"refusals_total", kCounter, "Leases refused", number(report.counters.refusals)},
      Metric{"rebuilds_total", kCounter, "Replica files rebuilt", number(replica.rebuilds)},
  };
  std::vector<prometheus::MetricFamily> families;
  std::transform(metrics.begin(), metrics.end(), std::back_inserter(families), FamilyOf);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sallyport::agent
