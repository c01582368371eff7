#include "agent/report.h"

#include <fmt/core.h>

#include <array>
#include <boost/json.hpp>
#include <iterator>
#include <string_view>

#include "base/encoding.h"

namespace sallyport::agent {
namespace {

boost::json::object Members(const Report& report) {
  const revocation::ReplicaStatus& replica = report.replica_status;
  return {
      {"name", report.name},
      {"server", report.server},
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
      {"last_error", report.last_error},
  };
}

struct Metric {
  std::string_view name, type, help;
  double value;
};

}  // namespace

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

bool HoldsLease(const std::string& json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object()) return false;
  const boost::json::value* holds = value.as_object().if_contains("holds_lease");
  return holds != nullptr && holds->is_bool() && holds->as_bool();
}

std::string ToMetrics(const Report& report) {
  const revocation::ReplicaStatus& replica = report.replica_status;
  const auto number = [](auto value) { return static_cast<double>(value); };
  const std::array metrics = {
      Metric{"connected", "gauge", "1 while the feed is connected", number(report.connected)},
      Metric{"lease_seconds", "gauge", "Seconds left of the lease, 0 without one",
             number(report.lease_millis_left) / 1000},
      Metric{"sequence", "gauge", "Sequence number that the Replica has applied",
             number(replica.position.sequence)},
      Metric{"entries", "gauge", "Revocations in the Replica", number(replica.entries)},
      Metric{"table_words", "gauge", "Words of the Replica's table",
             number(replica.table_capacity)},
      Metric{"keys", "gauge", "Public keys in the Replica", number(replica.keys)},
      Metric{"unusable_keys", "gauge", "Published keys that no slot can hold",
             number(replica.unusable_keys)},
      Metric{"replica_bytes", "gauge", "Bytes of mapped Replica files", number(replica.file_bytes)},
      Metric{"connects_total", "counter", "Connections made", number(report.connects)},
      Metric{"applied_total", "counter", "Revocations applied", number(report.counters.applied)},
      Metric{"snapshots_total", "counter", "Snapshots loaded", number(report.counters.snapshots)},
      Metric{"grants_total", "counter", "Leases granted or extended",
             number(report.counters.grants)},
      Metric{"refusals_total", "counter", "Leases refused", number(report.counters.refusals)},
      Metric{"rebuilds_total", "counter", "Replica files rebuilt", number(replica.rebuilds)},
  };
  std::string text;
  for (const Metric& metric : metrics) {
    const std::string name = "sallyport_agent_" + std::string(metric.name);
    fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name,
                   metric.help, metric.type, metric.value);
  }
  return text;
}

}  // namespace sallyport::agent
