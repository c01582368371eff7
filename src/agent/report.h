// Report: what the Agent says of itself, as JSON for people and as Prometheus text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/follower.h"
#include "revocation/replica_writer.h"

namespace sallyport::agent {

struct Report {
  std::string name, server, replica;
  bool connected = false;
  bool following = false;
  uint64_t connects = 0;
  std::string last_error;  // why the last connection ended
  std::string refusal;     // why no lease was given last
  int64_t lease_millis_left = 0;
  // By how much the server's clock is ahead of this host's, as of the newest grant.
  int64_t server_ahead_millis = 0;
  FollowerCounters counters;
  revocation::ReplicaStatus replica_status;
};

// Why gates on this host deny every token, or those that come now do: one sentence each. Empty: the
// Agent is healthy.
std::vector<std::string> ProblemsOf(const Report& report);
// What an operator should know though gates allow: one sentence each.
std::vector<std::string> WarningsOf(const Report& report);

// One JSON object, pretty enough to be read, and a newline. "healthy" is first, with "problems".
std::string ToJson(const Report& report);
// Prometheus text exposition format 0.0.4.
std::string ToMetrics(const Report& report);
// The problems, a line each; empty: healthy.
std::string ToHealth(const Report& report);
// Of a text that ToJson made.
bool IsHealthy(const std::string& json);

}  // namespace sallyport::agent
