// What the Hub says of itself and of the Agents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport::feed {

struct AgentStatus {
  std::string name;
  std::string key_id;  // empty: an old Agent
  std::string peer;
  uint64_t acknowledged = 0;
  int64_t lease_millis_left = 0;  // 0 or less: none
  bool connected = false;
};

// Since the start.
struct Counters {
  uint64_t connections = 0;
  uint64_t grants = 0;
  uint64_t refusals = 0;
  uint64_t snapshots = 0;
  uint64_t entries = 0;  // sent, in snapshots and tails
};

struct Status {
  uint64_t head = 0;
  uint64_t released = 0;
  // Revoking calls that wait for their release.
  uint64_t waiting = 0;
  Counters counters;
  // Not empty: why nothing is issued and no lease granted, in words. The store was restored from a
  // backup.
  std::string restored_store;
  std::vector<AgentStatus> agents;
};

}  // namespace sallyport::feed
