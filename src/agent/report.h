// Report: what the Agent says of itself, as JSON for people and as Prometheus text.
#pragma once

#include <cstdint>
#include <string>

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
  FollowerCounters counters;
  revocation::ReplicaStatus replica_status;
};

// One JSON object, pretty enough to be read, and a newline.
std::string ToJson(const Report& report);
// Prometheus text exposition format 0.0.4.
std::string ToMetrics(const Report& report);
// Of a text that ToJson made.
bool HoldsLease(const std::string& json);

}  // namespace sallyport::agent
