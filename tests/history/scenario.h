// Scenarios: what is done to a fleet while its traffic runs.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
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

// Whether a scenario with rounds has run long enough: `least` rounds, and as many more as are
// needed for the number of decisions that the command line asks for.
bool GoesOn(const Run& run, int rounds, int least);

struct Scenario {
  std::string name{};
  FleetOptions fleet{};
  Bounds bounds{};
  Demands demands{};
  // Fills the fleet's recorder. Traffic has ended when it returns.
  std::function<void(Run&)> body{};
};

// All scenarios, in the order of the documentation.
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
Scenario LambdaScenario();
Scenario AuthorizersScenario();
Scenario ProxiesScenario();

void Pause(Nanos nanos);

// Asks with `family`'s access token until the first gate has served 20 requests in a row, each on a
// connection of its own, because each of nginx's workers must have found the Replica. False: that
// did not happen within 10 seconds.
bool AwaitServed(Fleet& fleet, const Family& family);

// Asks at each of these ports with an access token until it was served there once. False: not all
// have served in time.
bool AwaitServedAt(Fleet& fleet, const std::vector<uint16_t>& ports, Nanos patience);

// Asks the first gate with some tokens again and again, until it is destroyed. For one thread.
class Asking {
 public:
  explicit Asking(Fleet& fleet);
  ~Asking();
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  void Set(std::vector<Bearer> bearers);

 private:
  std::vector<Bearer> Bearers();

  std::mutex mutex_;
  std::vector<Bearer> bearers_;  // guarded by mutex_
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace sallyport::history
