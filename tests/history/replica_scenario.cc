#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "scenario.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kShortRounds = 2;

// 0 if there is none.
ino_t InodeOf(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

void TakeAway(const fs::path& replica) {
  fs::remove(replica);
}

// Replaced by a copy that somebody has kept: an older one, whose lease ended long ago.
void PutOlderThere(const fs::path& replica) {
  const fs::path kept = replica.string() + ".kept";
  fs::rename(kept, replica);
}

// The agent's file loses its name, and then nginx is started again: a new worker has only the name
// to find the file.
bool LoseFile(Run& run, bool replaced) {
  Fleet& fleet = run.fleet;
  const fs::path replica = fleet.options().directory + "/gate0/replica";
  std::error_code problem;
  fs::copy_file(replica, replica.string() + ".kept", fs::copy_options::overwrite_existing, problem);
  if (problem) return false;
  Pause(2 * kTtl);
  Fault fault{.what = replaced ? "replace-replica" : "remove-replica",
              .gate = 0,
              .stops_gate = true,
              .begun = Now()};
  if (replaced) {
    PutOlderThere(replica);
  } else {
    TakeAway(replica);
  }
  const ino_t wrong = InodeOf(replica);
  fault.from = Now();
  const Nanos deadline = Now() + 5 * kSecond;
  const auto noticed = [&] {
    const ino_t now = InodeOf(replica);
    return now != 0 && now != wrong;
  };
  while (Now() < deadline && !noticed()) Pause(5 * kMillisecond);
  fleet.recorder().Add(Check{"the agent makes a new file", fault.what, noticed()});
  fault.remedy = Now();
  fleet.nginx(0).Kill();
  const bool up = fleet.StartNginx(0);
  fault.to = Now();
  fleet.recorder().Add(fault);
  fleet.recorder().Add(Check{"nginx starts again", "", up});
  return up;
}

void LoseFiles(Run& run) {
  Traffic traffic(run.fleet.recorder(), run.fleet.site(),
                  {.revokers = 4,
                   .slow_bodies = 1,
                   .streams = 1,
                   .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0, 2, 2},
                   .seed = run.options.seed});
  bool up = true;
  for (int round = 0; up && GoesOn(run, round, kShortRounds); ++round) {
    Pause(200 * kMillisecond + static_cast<Nanos>(run.random() % 200) * kMillisecond);
    up = LoseFile(run, round % 2 == 1);
    Pause(run.bounds.recovery() + 200 * kMillisecond);
  }
  traffic.Stop();
}

}  // namespace

// An agent's Replica is removed, or replaced by an older copy, while the agent uses it.
Scenario ReplicaScenario() {
  Scenario scenario{.name = "replica"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = 50,
                      .allowed = 300,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_soon = 40,
                      .checks = 2 * kShortRounds};
  scenario.body = LoseFiles;
  return scenario;
}

}  // namespace sallyport::history
