#include <memory>
#include <utility>

#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 500 * kMillisecond;

using Step = std::function<void(Fleet&)>;

struct FaultKind {
  std::string name{};
  Fault fault{};  // its flags
  Step inflict{};
  Step remedy{};
  int gates = 1;
  bool shared_key = false;
};

TrafficOptions FaultTraffic(uint32_t seed) {
  return {.revokers = 4,
          .slow_bodies = 1,
          .streams = 2,
          .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0, 2, 2},
          .seed = seed};
}

void Inflict(Run& run, const FaultKind& kind, Nanos duration) {
  Fault fault = kind.fault;
  fault.what = kind.name;
  fault.begun = Now();
  kind.inflict(run.fleet);
  fault.from = Now();
  Pause(duration);
  fault.remedy = Now();
  kind.remedy(run.fleet);
  fault.to = Now();
  run.fleet.recorder().Add(fault);
}

// One fault that is shorter than a lease and one that is longer, with no fault after each.
void InflictTwice(Run& run, const FaultKind& kind) {
  Traffic traffic(run.fleet.recorder(), run.fleet.site(), FaultTraffic(run.options.seed));
  Pause(500 * kMillisecond);
  const Nanos jitter = static_cast<Nanos>(run.random() % 200) * kMillisecond;
  for (const Nanos duration : {kTtl / 5 + jitter, 2 * kTtl + jitter}) {
    Inflict(run, kind, duration);
    Pause(run.bounds.recovery() + 400 * kMillisecond);
  }
  traffic.Stop();
}

// Many short faults of every kind at one agent. In the history they are one Fault, because there is
// no time without faults between them.
void Flap(Run& run, const FaultKind& kind) {
  Traffic traffic(run.fleet.recorder(), run.fleet.site(), FaultTraffic(run.options.seed));
  Pause(500 * kMillisecond);
  Fault fault = kind.fault;
  fault.what = kind.name;
  fault.begun = fault.from = Now();
  Fleet& fleet = run.fleet;
  const auto moment = [&] { Pause(static_cast<Nanos>(5 + run.random() % 150) * kMillisecond); };
  while (Now() < fault.from + 4 * kSecond) {
    const uint32_t choice = run.random() % 4;
    if (choice == 0) fleet.link(0).Set(LinkState::kCut);
    if (choice == 1) fleet.link(0).Set(LinkState::kStall);
    if (choice == 2) fleet.agent(0).Stop();
    if (choice == 3) fleet.agent(0).Kill();
    moment();
    if (choice <= 1) fleet.link(0).Set(LinkState::kOpen);
    if (choice == 2) fleet.agent(0).Continue();
    if (choice == 3) fleet.agent(0).Start();
    moment();
  }
  fault.remedy = fault.to = Now();
  fleet.recorder().Add(fault);
  Pause(run.bounds.recovery() + 600 * kMillisecond);
  traffic.Stop();
}

Step SetLink(LinkState state) {
  return [state](Fleet& fleet) { fleet.link(0).Set(state); };
}

const Fault kAgentFault = {.gate = 0, .ends_renewal = true};
const Fault kGateFault = {.gate = 0, .stops_gate = true};
const Fault kServerFault = {.server = true, .ends_renewal = true};

const Step kStopAgent = [](Fleet& fleet) { fleet.agent(0).Stop(); };
const Step kContinueAgent = [](Fleet& fleet) { fleet.agent(0).Continue(); };
const Step kKillAgent = [](Fleet& fleet) { fleet.agent(0).Kill(); };
const Step kStartAgent = [](Fleet& fleet) { fleet.agent(0).Start(); };

std::vector<FaultKind> Kinds() {
  return {
      {"stop-agent", kAgentFault, kStopAgent, kContinueAgent},
      {"stop-workers", kGateFault,
       [](Fleet& fleet) { fleet.nginx(0).Stop(Process::Whom::kChildren); },
       [](Fleet& fleet) { fleet.nginx(0).Continue(); }},
      {"stop-server", kServerFault, [](Fleet& fleet) { fleet.server().Stop(); },
       [](Fleet& fleet) { fleet.server().Continue(); }},
      {"stop-both", kServerFault,
       [](Fleet& fleet) {
         fleet.agent(0).Stop();
         fleet.server().Stop();
       },
       [](Fleet& fleet) {
         fleet.server().Continue();
         fleet.agent(0).Continue();
       }},
      {"kill-agent", kAgentFault, kKillAgent, kStartAgent},
      {"kill-nginx", kGateFault, [](Fleet& fleet) { fleet.nginx(0).Kill(); },
       [](Fleet& fleet) { fleet.StartNginx(0); }},
      {"kill-server", kServerFault, [](Fleet& fleet) { fleet.server().Kill(); },
       [](Fleet& fleet) { fleet.StartServer(); }},
      {"cut", kAgentFault, SetLink(LinkState::kCut), SetLink(LinkState::kOpen)},
      {"stall", kAgentFault, SetLink(LinkState::kStall), SetLink(LinkState::kOpen)},
      {"delay", Fault{.gate = 0}, [](Fleet& fleet) { fleet.link(0).SetDelay(kTtl); },
       [](Fleet& fleet) { fleet.link(0).SetDelay(0); }},
      {"two-agents", kAgentFault, kStopAgent, kContinueAgent, 2},
      {"copied-key", kAgentFault, kKillAgent, kStartAgent, 2, true},
  };
}

Scenario Base(const FaultKind& kind) {
  Scenario scenario{.name = "faults." + kind.name};
  scenario.fleet.ttl = kTtl;
  scenario.fleet.gates = kind.gates;
  scenario.fleet.shared_key = kind.shared_key;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = 50,
                      .allowed = 500,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_soon = 40,
                      .bodies_stopped = 5,
                      .denied_blind = kind.fault.ends_renewal ? 50 : 0,
                      .streams_closed = 2};
  return scenario;
}

}  // namespace

std::vector<Scenario> FaultScenarios() {
  std::vector<Scenario> scenarios;
  for (const FaultKind& kind : Kinds()) {
    scenarios.push_back(Base(kind));
    scenarios.back().body = [kind](Run& run) { InflictTwice(run, kind); };
  }
  const FaultKind flap{.name = "flap-agent", .fault = Fault{.gate = 0}};
  scenarios.push_back(Base(flap));
  scenarios.back().body = [flap](Run& run) { Flap(run, flap); };
  return scenarios;
}

// A request begins under a lease which ends while the request is decided, and a revoke is answered
// in between. In a correct gate the decision takes microseconds, and the history shows no fault; a
// gate that pauses between its steps must still refuse.
Scenario LapseScenario() {
  const FaultKind kind{"lapse", kAgentFault, kStopAgent, kContinueAgent};
  Scenario scenario = Base(kind);
  scenario.name = "lapse";
  scenario.fleet.served_in_a_row = 2;  // each takes a while in a gate that pauses
  scenario.demands = {.revokes = 3, .allowed = 4, .denied_revoked = 3};
  scenario.body = [kind](Run& run) {
    Recorder& recorder = run.fleet.recorder();
    Site& site = run.fleet.site();
    Revoker revoker(recorder, site, run.options.seed);
    const std::atomic<bool> stop{false};
    for (int i = 0; i < 3; ++i) {
      const std::optional<Plan> plan = revoker.Prepare(Cause::kRevokeToken);
      if (!plan) continue;
      const Bearer& bearer = plan->covered[0].access;
      const auto ask = [&](GateClient& client) {
        client.Ask(bearer.token, bearer.access, bearer.jwt);
      };
      // The same connection twice, so that its worker can then send to the upstream without
      // waiting.
      GateClient before(recorder, 0, site.gate_ports[0], 10 * kSecond);
      GateClient after(recorder, 0, site.gate_ports[0], 10 * kSecond);
      ask(before);
      Fault fault = kind.fault;
      fault.what = kind.name;
      fault.begun = Now();
      kind.inflict(run.fleet);
      fault.from = Now();
      std::thread asking([&] { ask(before); });
      revoker.Revoke(*plan, stop);
      ask(after);
      asking.join();
      fault.remedy = Now();
      kind.remedy(run.fleet);
      fault.to = Now();
      recorder.Add(fault);
      Pause(run.bounds.recovery());
    }
    const std::optional<Family> family = revoker.SignIn();
    if (!family) return;
    GateClient(recorder, 0, site.gate_ports[0], 10 * kSecond)
        .Ask(family->access.token, true, family->access.jwt);
  };
  return scenario;
}

}  // namespace sallyport::history
