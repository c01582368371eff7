#include "scenario.h"

#include <chrono>
#include <iostream>

namespace sallyport::history {
namespace {

void TrackSessions(Run& run) {
  Site& site = run.fleet.site();
  const bool tracked =
      Api(site.api_port)
          .Call("SetUserPoolSessionConfiguration", {{"UserPoolId", site.client.pool_id},
                                                    {"UserSessionTracking", "ENABLED"},
                                                    {"TokenSession", {{"MaxPerUser", 100}}}})
          .ok();
  run.fleet.recorder().Add(
      Check{"sessions are tracked", "SetUserPoolSessionConfiguration", tracked});
}

// As much traffic as possible, with revocations by one cause alone.
Scenario CauseScenario(const char* name, Cause cause) {
  constexpr int64_t kWanted = 200;
  Scenario scenario{.name = name};
  scenario.bounds.ttl = scenario.fleet.ttl;
  scenario.demands = {.revokes = kWanted,
                      .allowed = 2 * kWanted,
                      .denied = 2 * kWanted,
                      .denied_revoked = 2 * kWanted,
                      .denied_soon = kWanted};
  scenario.body = [cause](Run& run) {
    // What revokes a session by its id needs sessions that are tracked.
    if (cause == Cause::kSsoRevocation) TrackSessions(run);
    TrafficOptions options{.revokers = 4, .poll_period = kMillisecond, .seed = run.options.seed};
    options.weights[static_cast<size_t>(cause)] = 1;
    Traffic traffic(run.fleet.recorder(), run.fleet.site(), options);
    const Nanos give_up = Now() + 60 * kSecond;
    while (run.fleet.recorder().revokes_answered() < kWanted && Now() < give_up) {
      Pause(20 * kMillisecond);
    }
    traffic.Stop();
  };
  return scenario;
}

// No faults, and as much traffic as possible.
Scenario HealthScenario(const RunOptions& options) {
  Scenario scenario{.name = "health"};
  scenario.fleet.spare_pools = 5;
  scenario.bounds.ttl = scenario.fleet.ttl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  const int64_t wanted = options.revocations;
  scenario.demands = {.revokes = wanted,
                      .allowed = 2 * wanted,
                      .denied = 2 * wanted,
                      .denied_revoked = 2 * wanted,
                      .denied_soon = wanted,
                      .bodies_stopped = wanted / 500,
                      .in_flight = wanted / 100,
                      .streams_closed = wanted / 500};
  scenario.body = [wanted](Run& run) {
    Recorder& recorder = run.fleet.recorder();
    // Each revoker holds three connections: its own to the API and to the gate, and its poller's.
    const TrafficOptions traffic_options{.revokers = std::max(1, run.options.connections / 3),
                                         .slow_bodies = 1,
                                         .streams = 2,
                                         .live_period = 3 * kMillisecond,
                                         .poll_period = 2 * kMillisecond,
                                         .weights = {820, 30, 30, 8, 6, 6, 6, 6, 6, 2, 40, 40, 20},
                                         .seed = run.options.seed};
    Traffic traffic(recorder, run.fleet.site(), traffic_options);
    const Nanos give_up = Now() + 60 * kSecond + wanted * 100 * kMillisecond;
    while (recorder.revokes_answered() < wanted && Now() < give_up) Pause(50 * kMillisecond);
    traffic.Stop();
  };
  return scenario;
}

}  // namespace

std::vector<Scenario> AllScenarios(const RunOptions& options) {
  std::vector<Scenario> scenarios{HealthScenario(options)};
  for (Scenario& scenario : FaultScenarios()) scenarios.push_back(std::move(scenario));
  scenarios.push_back(LapseScenario());
  scenarios.push_back(CrashScenario(options));
  scenarios.push_back(RestoredScenario());
  scenarios.push_back(EvictionsScenario());
  scenarios.push_back(BulkScenario());
  scenarios.push_back(TurnsScenario());
  scenarios.push_back(ClockScenario());
  scenarios.push_back(DiskScenario());
  scenarios.push_back(ImpostorScenario());
  scenarios.push_back(ReplicaScenario());
  scenarios.push_back(CauseScenario("sign-out-on-page", Cause::kSignOutOnPage));
  scenarios.push_back(CauseScenario("code-reuse", Cause::kCodeReuse));
  scenarios.push_back(CauseScenario("sign-out-by-app", Cause::kSignOutByApp));
  scenarios.push_back(CauseScenario("sso-revocation", Cause::kSsoRevocation));
  scenarios.push_back(LambdaScenario());
  scenarios.push_back(AuthorizersScenario());
  scenarios.push_back(ProxiesScenario());
  return scenarios;
}

bool GoesOn(const Run& run, int rounds, int least) {
  if (rounds < least) return true;
  return run.fleet.recorder().decisions() < run.options.decisions;
}

void Pause(Nanos nanos) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(nanos));
}

bool AwaitServed(Fleet& fleet, const Family& family) {
  GateClient gate(fleet.recorder(), 0, fleet.site().gate_ports[0], kSecond);
  const Nanos deadline = Now() + 10 * kSecond;
  int served = 0;
  while (Now() < deadline && served < 20) {
    const bool ok = gate.Ask(family.access.token, true, family.access.jwt) == 200;
    served = ok ? served + 1 : 0;
    gate.http().Close();
    if (!ok) Pause(5 * kMillisecond);
  }
  return served == 20;
}

bool AwaitServedAt(Fleet& fleet, const std::vector<uint16_t>& ports, Nanos patience) {
  Revoker revoker(fleet.recorder(), fleet.site(), 0);
  const std::optional<Family> family = revoker.SignIn();
  const Nanos deadline = Now() + patience;
  size_t served = 0;
  while (family && served < ports.size() && Now() < deadline) {
    const std::string request = GateRequest("GET", "/access", family->access.jwt, 0) + "\r\n";
    if (HttpClient(ports[served]).Exchange(request, patience).status == 200) {
      ++served;
    } else {
      Pause(20 * kMillisecond);
    }
  }
  return served == ports.size();
}

Asking::Asking(Fleet& fleet)
    : thread_([this, &fleet] {
        GateClient gate(fleet.recorder(), 0, fleet.site().gate_ports[0], kSecond);
        while (!over_) {
          for (const Bearer& bearer : Bearers()) gate.Ask(bearer.token, bearer.access, bearer.jwt);
          Pause(kMillisecond);
        }
      }) {}

Asking::~Asking() {
  over_ = true;
  thread_.join();
}

void Asking::Set(std::vector<Bearer> bearers) {
  const std::lock_guard lock(mutex_);
  bearers_ = std::move(bearers);
}

std::vector<Bearer> Asking::Bearers() {
  const std::lock_guard lock(mutex_);
  return bearers_;
}

}  // namespace sallyport::history
