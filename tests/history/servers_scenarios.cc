#include "servers_scenarios.h"

#include <atomic>
#include <iostream>
#include <memory>
#include <thread>

#include "ledger.h"
#include "traffic.h"

namespace sallyport::history {
namespace {

using Where = ServersFault::Where;

constexpr Nanos kTtl = 2 * kSecond;
// docs/several-servers.md.
constexpr Nanos kLostServer = 6500 * kMillisecond;
// A server whose reader is stuck beats on for 1.25 D + 50 ms, and its row is removed as long after.
constexpr Nanos kStuckServer = 12 * kSecond;
constexpr Nanos kWholeAgain = 60 * kSecond;
constexpr int kLedgers = 3;

// Where the machine gives its processes no time, no lease is renewed in time, and nothing follows
// for the programs. So each time at which a thread that only sleeps wakes up late is a fault of its
// own: denials and late answers near it are excused, and nothing else is.
class Stalls {
 public:
  explicit Stalls(Recorder& recorder) : thread_([this, &recorder] { Watch(recorder); }) {}
  ~Stalls() {
    over_ = true;
    thread_.join();
  }
  Stalls(const Stalls&) = delete;
  Stalls& operator=(const Stalls&) = delete;

 private:
  static constexpr Nanos kPeriod = 5 * kMillisecond;
  static constexpr Nanos kStall = kTtl / 8;

  void Watch(Recorder& recorder) {
    while (!over_) {
      const Nanos before = Now();
      Pause(kPeriod);
      const Nanos after = Now();
      if (after - before < kPeriod + kStall) continue;
      std::cout << "  the machine gave no time for " << (after - before) / kMillisecond << " ms\n";
      recorder.Add(Fault{.what = "no time",
                         .server = true,
                         .from = after,
                         .begun = before,
                         .remedy = after,
                         .to = after});
    }
  }

  std::atomic<bool> over_{false};
  std::thread thread_;
};

// The clients of a run, until it is stopped.
class Load {
 public:
  explicit Load(ServersRun& run)
      : stalls_(run.fleet.recorder()),
        traffic_(run.fleet.recorder(), run.fleet.site(), OptionsOf(run.options)) {
    for (int i = 0; i < kLedgers; ++i) {
      ledgers_.push_back(std::make_unique<Ledger>(run.fleet.recorder(), run.fleet.site(), i,
                                                  run.options.seed * 100 + i));
      Ledger& ledger = *ledgers_.back();
      threads_.emplace_back([this, &ledger] { ledger.WorkOn(stop_, 20 * kMillisecond); });
    }
  }
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Stop() {
    stop_ = true;
    traffic_.Stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // After Stop, while nothing is wrong: whether all is there that was acknowledged.
  void Verify() {
    for (auto& ledger : ledgers_) ledger->Verify();
  }

 private:
  static TrafficOptions OptionsOf(const RunOptions& options) {
    return {.revokers = 5,
            .live_period = 2 * kMillisecond,
            .poll_period = 3 * kMillisecond,
            .weights = {60, 10, 10, 5, 2, 2, 2, 2, 2, 0, 4, 4},
            .seed = options.seed};
  }

  Stalls stalls_;
  Traffic traffic_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Ledger>> ledgers_;
  std::vector<std::thread> threads_;
};

// Until all clients have signed in for the first time, however slow the machine is.
void AwaitTraffic(const ServersRun& run) {
  constexpr int64_t kUnderWay = 1000;
  const Nanos give_up = Now() + 30 * kSecond;
  while (run.fleet.recorder().decisions() < kUnderWay && Now() < give_up) Pause(20 * kMillisecond);
}

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

// Whether there must be more, for as many decisions as the command line asks for.
bool GoesOn(const ServersRun& run) {
  return run.fleet.recorder().decisions() < run.options.decisions;
}

void End(ServersRun& run, Load& load) {
  Pause(run.bounds.recovery());
  load.Stop();
  load.Verify();
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

ServersScenario Base(const std::string& name) {
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

bool IsOfClocks(const ServersFault& kind) {
  return kind.name.find("clock") != std::string::npos;
}

ServersScenario Of(const ServersFault& kind) {
  ServersScenario scenario = Base(kind.name);
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

}  // namespace

std::vector<ServersScenario> ServersScenarios() {
  std::vector<ServersScenario> scenarios{Base("health")};
  scenarios.back().body = Serve;
  const std::vector<ServersFault> kinds = ServersFaults();
  std::vector<ServersFault> at_servers;
  for (const ServersFault& kind : kinds) {
    scenarios.push_back(Of(kind));
    if (kind.where == Where::kServer && !IsOfClocks(kind)) at_servers.push_back(kind);
  }
  for (const ServersFault& kind : kinds) {
    if (kind.name != "end-server") continue;
    scenarios.push_back(Base("rolling"));
    scenarios.back().body = [kind](ServersRun& run) { Roll(run, kind); };
  }
  scenarios.push_back(Base("short"));
  scenarios.back().body = InflictSome;
  scenarios.push_back(Base("any"));
  scenarios.back().fleet.clocks_of_their_own = true;
  scenarios.back().fleet.may_be_stuck = true;
  scenarios.back().bounds.lost_server = kStuckServer;
  scenarios.back().body = [kinds](ServersRun& run) { InflictAny(run, kinds, 3); };
  // Periods D of 4, 4 and 6.3 seconds.
  scenarios.push_back(Base("periods"));
  scenarios.back().fleet.arguments_of = {
      {"--feed-ttl", "1s"}, {"--feed-ttl", "2s"}, {"--feed-ttl", "5s"}};
  scenarios.back().bounds.ttl = 5 * kSecond;
  scenarios.back().bounds.lost_server = 10'500 * kMillisecond;
  scenarios.back().body = [at_servers](ServersRun& run) { InflictAny(run, at_servers, 3); };
  return scenarios;
}

}  // namespace sallyport::history
