// Report: the state of the Agent, as JSON for people and as Prometheus text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/follower.h"
#include "revocation/replica_writer.h"

namespace sallyport::agent {

struct Report {
  std::string name, server, replica;
  std::string second;  // the server that is ready to take the first one's place; empty: none is
  bool connected = false;
  bool following = false;
  uint64_t connects = 0;
  uint64_t moves = 0;      // how often leases were taken from another server than before
  std::string last_error;  // why the last connection ended
  std::string refusal;     // why no lease was given the last time
  int64_t lease_millis_left = 0;
  // By how much the server's clock was ahead of this host's at the newest grant.
  int64_t server_ahead_millis = 0;
  FollowerCounters counters;
  revocation::ReplicaStatus replica_status;
};

// Why gates on this host deny every token, or gates that are started now would: one sentence each.
// Empty: the Agent is healthy.
std::vector<std::string> ProblemsOf(const Report& report);
// What an operator should know although gates work: one sentence each.
std::vector<std::string> WarningsOf(const Report& report);

// One JSON object, formatted for reading, and a newline. It begins with "healthy" and "problems".
std::string ToJson(const Report& report);
// In the Prometheus text exposition format 0.0.4.
std::string ToMetrics(const Report& report);
// The problems, one a line; empty: healthy.
std::string ToHealth(const Report& report);
// For a text that ToJson has made.
bool IsHealthy(const std::string& json);

}  // namespace sallyport::agent
