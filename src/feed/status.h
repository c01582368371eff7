// The status of the Hub and of its Agents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport::feed {

struct AgentStatus {
  std::string name;
  std::string key_id;  // empty for an old Agent
  std::string peer;
  uint64_t acknowledged = 0;
  int64_t lease_millis_left = 0;  // 0 or less: no lease
  bool connected = false;
  bool asks = false;  // it holds no lease, and asks for each decision
};

// Counted since the start.
struct Counters {
  uint64_t connections = 0;
  uint64_t grants = 0;
  uint64_t positions = 0;  // answers to those who ask
  uint64_t refusals = 0;   // of leases, and of positions
  uint64_t snapshots = 0;
  uint64_t entries = 0;  // entries that were sent, in snapshots and afterwards
};

struct Status {
  uint64_t head = 0;
  uint64_t released = 0;
  // Revoking calls that wait for their release.
  uint64_t waiting = 0;
  Counters counters;
  // If not empty, a text that says why nothing is issued and no lease is granted: the store was
  // restored from a backup.
  std::string restored_store;
  std::vector<AgentStatus> agents;
};

}  // namespace sallyport::feed
