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
};

// One run of a scenario, as its body sees it.
struct Run {
  Fleet& fleet;
  const RunOptions& options;
  Bounds bounds;
  std::mt19937 random;
};

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

void Pause(Nanos nanos);

}  // namespace sallyport::history
