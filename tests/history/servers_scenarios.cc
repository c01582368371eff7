#include "servers_scenarios.h"

#include "servers_load.h"

namespace sallyport::history {
namespace {

using Where = ServersFault::Where;

constexpr Nanos kTtl = 2 * kSecond;
// docs/several-servers.md.
constexpr Nanos kLostServer = 6500 * kMillisecond;
// A server whose reader is stuck beats on for 1.25 D + 50 ms, and its row is removed as long after.
constexpr Nanos kStuckServer = 12 * kSecond;
constexpr Nanos kWholeAgain = 60 * kSecond;

int PlacesOf(const ServersFleet& fleet, const ServersFault& kind) {
  if (kind.where == Where::kServer) return fleet.options().servers;
  return kind.where == Where::kDatabase ? 1 : fleet.options().agents;
}

// False: all is not well again afterwards.
bool Inflict(ServersRun& run, const ServersFault& kind, int place, Nanos duration) {
  ServersFleet& fleet = run.fleet;
  Fault fault = kind.flags;
  fault.what = kind.name + " " + std::to_string(place) + " for " +
               std::to_string(duration / kMillisecond) + " ms";
  if (kind.where == Where::kAgent || kind.where == Where::kPair) fault.gate = place;
  if (kind.where == Where::kPair) fault.at_server = fleet.ServerOf(place);
  if (kind.where == Where::kServer) fault.at_server = place;
  fault.begun = Now();
  kind.inflict(fleet, place);
  fault.from = Now();
  Pause(duration);
  fault.remedy = Now();
  kind.remedy(fleet, place);
  bool well = true;
  for (int i = 0; i < fleet.options().servers; ++i) well = fleet.AwaitReady(i, kWholeAgain) && well;
  fault.to = Now();
  fleet.recorder().Add(fault);
  well = fleet.AwaitWhole(kWholeAgain) && well;
  fleet.recorder().Add(Check{"all is well again", fault.what, well});
  return well;
}

// Each duration once, and all of them again until there are as many decisions as asked for.
void InflictAll(ServersRun& run, const ServersFault& kind) {
  Load load(run);
  AwaitTraffic(run);
  bool well = true;
  do {
    for (const Nanos duration : kind.durations) {
      const Nanos jitter = static_cast<Nanos>(run.random() % 300) * kMillisecond;
      const int place = static_cast<int>(run.random() % PlacesOf(run.fleet, kind));
      well = well && Inflict(run, kind, place, duration + jitter);
    }
  } while (well && GoesOn(run));
  End(run, load);
}

// One fault after the other, as they come.
void InflictAny(ServersRun& run, const std::vector<ServersFault>& kinds, int least) {
  Load load(run);
  AwaitTraffic(run);
  bool well = true;
  for (int round = 0; well && (round < least || GoesOn(run)); ++round) {
    const ServersFault& kind = kinds[run.random() % kinds.size()];
    const Nanos duration = kind.durations[run.random() % kind.durations.size()];
    const Nanos jitter = static_cast<Nanos>(run.random() % 500) * kMillisecond;
    const int place = static_cast<int>(run.random() % PlacesOf(run.fleet, kind));
    well = Inflict(run, kind, place, duration + jitter);
    Pause(static_cast<Nanos>(run.random() % 1000) * kMillisecond);
  }
  End(run, load);
}

// A few faults at one server after the other.
void InflictSome(ServersRun& run) {
  Load load(run);
  AwaitTraffic(run);
  int place = static_cast<int>(run.random() % 3);
  bool well = true;
  for (const ServersFault& kind : ServersFaults()) {
    const bool chosen = kind.name == "kill-server" || kind.name == "cut-server" ||
                        kind.name == "stop-server" || kind.name == "stop-agent";
    if (!chosen) continue;
    const Nanos duration = kind.name == "stop-server" ? kind.durations.back() : kind.durations[1];
    well = well && Inflict(run, kind, place++ % 3, duration);
  }
  End(run, load);
}

// No fault: what the rest is compared with.
void Serve(ServersRun& run) {
  Load load(run);
  do {
    Pause(4 * kSecond);
  } while (GoesOn(run));
  End(run, load);
}

// Each server in turn is stopped in order and started again, as an upgrade does it.
void Roll(ServersRun& run, const ServersFault& end_server) {
  Load load(run);
  bool well = true;
  do {
    for (int server = 0; server < run.fleet.options().servers; ++server) {
      well = well && Inflict(run, end_server, server, 0);
    }
  } while (well && GoesOn(run));
  End(run, load);
}

bool IsOfClocks(const ServersFault& kind) {
  return kind.name.find("clock") != std::string::npos;
}

ServersScenario Of(const ServersFault& kind) {
  ServersScenario scenario = ServersBase(kind.name);
  scenario.fleet.clocks_of_their_own = IsOfClocks(kind);
  if (kind.name == "stuck-reader") {
    scenario.fleet.may_be_stuck = true;
    scenario.bounds.lost_server = kStuckServer;
  }
  if (kind.flags.spares_gates) scenario.demands.allowed_spared = 100;
  if (kind.flags.ends_renewal) scenario.demands.denied_blind = 50;
  scenario.body = [kind](ServersRun& run) { InflictAll(run, kind); };
  return scenario;
}

// Servers of two versions serve one database, and the agents of the older one are fed by both.
void Upgrade(ServersRun& run) {
  Load load(run);
  AwaitTraffic(run);
  const ServersFault server{
      .name = "upgrade-server",
      .where = Where::kServer,
      .flags = {.server = true, .spares_gates = true},
      .inflict =
          [](ServersFleet& fleet, int place) {
            const bool ended = fleet.server(place).Terminate();
            fleet.recorder().Add(Check{"a server ends in order", "", ended});
            fleet.Upgrade(place);
          },
      .remedy = [](ServersFleet& fleet, int place) { fleet.StartServer(place); }};
  // Its gate relies on the lease that it has meanwhile.
  const ServersFault agent{
      .name = "upgrade-agent",
      .where = Where::kAgent,
      .flags = {.spares_gates = false},
      .inflict = [](ServersFleet& fleet, int place) { fleet.UpgradeAgent(place); },
      .remedy = [](ServersFleet&, int) {}};
  bool well = true;
  for (int i = 0; well && i < run.fleet.options().servers; ++i) {
    well = Inflict(run, server, i, 2 * kSecond);
    Pause(3 * kSecond);
  }
  for (int i = 0; well && i < run.fleet.options().agents; ++i) {
    well = Inflict(run, agent, i, kSecond);
  }
  End(run, load);
}

}  // namespace

ServersScenario ServersBase(const std::string& name) {
  ServersScenario scenario{.name = "servers." + name};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.slack = kSecond;
  scenario.bounds.answer_slack = kSecond;
  scenario.bounds.lost_server = kLostServer;
  scenario.demands = {.revokes = 15,
                      .allowed = 500,
                      .denied = 200,
                      .denied_revoked = 200,
                      .denied_soon = 30,
                      .checks = 5,
                      .calls = 10};
  return scenario;
}

std::vector<ServersScenario> ServersScenarios() {
  std::vector<ServersScenario> scenarios{ServersBase("health")};
  scenarios.back().body = Serve;
  const std::vector<ServersFault> kinds = ServersFaults();
  std::vector<ServersFault> at_servers;
  for (const ServersFault& kind : kinds) {
    scenarios.push_back(Of(kind));
    if (kind.where == Where::kServer && !IsOfClocks(kind)) at_servers.push_back(kind);
  }
  for (const ServersFault& kind : kinds) {
    if (kind.name != "end-server") continue;
    scenarios.push_back(ServersBase("rolling"));
    scenarios.back().body = [kind](ServersRun& run) { Roll(run, kind); };
  }
  scenarios.push_back(ServersBase("upgrade"));
  scenarios.back().fleet.upgrades = true;
  scenarios.back().body = Upgrade;
  scenarios.push_back(ServersBase("short"));
  scenarios.back().body = InflictSome;
  scenarios.push_back(ServersBase("any"));
  scenarios.back().fleet.clocks_of_their_own = true;
  scenarios.back().fleet.may_be_stuck = true;
  scenarios.back().bounds.lost_server = kStuckServer;
  scenarios.back().body = [kinds](ServersRun& run) { InflictAny(run, kinds, 3); };
  // Periods D of 4, 4 and 6.3 seconds.
  scenarios.push_back(ServersBase("periods"));
  scenarios.back().fleet.arguments_of = {
      {"--feed-ttl", "1s"}, {"--feed-ttl", "2s"}, {"--feed-ttl", "5s"}};
  scenarios.back().bounds.ttl = 5 * kSecond;
  scenarios.back().bounds.lost_server = 10'500 * kMillisecond;
  scenarios.back().body = [at_servers](ServersRun& run) { InflictAny(run, at_servers, 3); };
  for (ServersScenario& scenario : FailoverScenarios()) scenarios.push_back(std::move(scenario));
  return scenarios;
}

}  // namespace sallyport::history
