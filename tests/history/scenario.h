// Scenarios: what is done to a fleet while its traffic runs.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "fleet.h"
#include "judge.h"
#include "traffic.h"

namespace sallyport::history {

// What the command line may change.
struct RunOptions {
  uint32_t seed = 1;
  int64_t revocations = 10'000;  // health
  int connections = 32;          // health: to the API and the gates together
  int rounds = 20;               // crash
  int64_t decisions = 0;  // of the scenarios that go in rounds: until so many; 0: a short run
};

// One run of a scenario, as its body sees it.
struct Run {
  Fleet& fleet;
  const RunOptions& options;
  Bounds bounds;
  std::mt19937 random;
};

// Whether a scenario that goes in rounds has gone on for long enough: `least` rounds, and as many
// more as the decisions that the command line asks for need.
bool GoesOn(const Run& run, int rounds, int least);

struct Scenario {
  std::string name{};
  FleetOptions fleet{};
  Bounds bounds{};
  Demands demands{};
  // Fills the recorder of the fleet. Traffic has ended when it returns.
  std::function<void(Run&)> body{};
};

// All of them, in the order of the documentation.
std::vector<Scenario> AllScenarios(const RunOptions& options);

std::vector<Scenario> FaultScenarios();
Scenario LapseScenario();
Scenario CrashScenario(const RunOptions& options);
Scenario RestoredScenario();
Scenario EvictionsScenario();
Scenario BulkScenario();
Scenario TurnsScenario();
Scenario ClockScenario();
Scenario DiskScenario();
Scenario ImpostorScenario();
Scenario ReplicaScenario();

void Pause(Nanos nanos);

}  // namespace sallyport::history
