// Scenarios of several servers: what is done to a ServersFleet while its traffic runs.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "scenario.h"
#include "servers_fleet.h"

namespace sallyport::history {

// One run, as the body of its scenario sees it.
struct ServersRun {
  ServersFleet& fleet;
  const RunOptions& options;
  Bounds bounds;
  std::mt19937 random;
};

struct ServersScenario {
  std::string name{};
  ServersOptions fleet{};
  Bounds bounds{};
  Demands demands{};
  // Fills the fleet's recorder. Traffic has ended when it returns.
  std::function<void(ServersRun&)> body{};
};

// One thing that can go wrong, at one place.
struct ServersFault {
  std::string name{};
  // Who suffers it, which is chosen at random among all, and what `inflict` and `remedy` get: of a
  // pair, which is an agent and the server that gives it its leases, the agent.
  enum class Where { kServer, kAgent, kPair, kDatabase } where = Where::kServer;
  Fault flags{};
  std::vector<Nanos> durations{};
  std::function<void(ServersFleet&, int)> inflict{};
  std::function<void(ServersFleet&, int)> remedy{};
};

std::vector<ServersFault> ServersFaults();

// One with the bounds and demands of all of them, and without a body. `name` without "servers.".
ServersScenario ServersBase(const std::string& name);

std::vector<ServersScenario> ServersScenarios();
// A part of them: the database is a cluster under Patroni.
std::vector<ServersScenario> FailoverScenarios();

}  // namespace sallyport::history
