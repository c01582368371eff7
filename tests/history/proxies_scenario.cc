// Proxies of other makes that ask one agent: each with the configuration of its guide, side by
// side, under the same revocations.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "api.h"
#include "guide_proxies.h"
#include "net.h"
#include "scenario.h"

namespace sallyport::history {
namespace {

// A busy machine must not end the agent's lease.
constexpr Nanos kTtl = 10 * kSecond;
constexpr Nanos kDuration = 4 * kSecond;
constexpr Nanos kPatience = 20 * kSecond;

void RunProxies(Run& run) {
  Fleet& fleet = run.fleet;
  Recorder& recorder = fleet.recorder();
  Site& site = fleet.site();
  const std::string directory = fleet.options().directory + "/proxies";
  std::filesystem::create_directories(directory);
  // Apache's workers are not root.
  chmod(fleet.options().directory.c_str(), S_IRWXU | S_IXGRP | S_IXOTH);
  // Both kinds of tokens are accepted.
  std::ofstream(directory + "/rules.toml")
      << "[orders]\nstyle = \"http\"\nissuer = \"" + fleet.issuers().front() +
             "\"\n[orders.headers]\nX-User = \"sub\"\nX-Groups = \"cognito:groups\"\n";
  const bool enrolled =
      fleet.Manage({"agents", "add", "asked", "--data", fleet.data(), "--endpoint",
                    fleet.endpoint(), "--out", directory + "/asked"}) == 0;
  recorder.Add(Check{"the agent is enrolled", "", enrolled});

  ProxyPlace place{.agent_port = FreePort(),
                   .agent_socket = directory + "/authorize.socket",
                   .upstream_port = fleet.upstream().port(),
                   .ask_port = FreePort()};
  Command command;
  command.words = {fleet.options().binaries + "/sallyport",
                   "agent",
                   "--enrolment",
                   directory + "/asked",
                   "--server",
                   "127.0.0.1:" + std::to_string(fleet.feed_port()),
                   "--replica",
                   directory + "/replica",
                   "--authorize",
                   "127.0.0.1:" + std::to_string(place.agent_port),
                   "--authorize",
                   "unix:" + place.agent_socket,
                   "--authorize-rules",
                   directory + "/rules.toml"};
  command.environment = fleet.options().agent_environment;
  command.log = directory + "/agent.log";
  Process agent(command);
  agent.Start();

  std::vector<std::unique_ptr<Process>> proxies;
  std::vector<uint16_t> ports;
  for (const GuideProxy& proxy : GuideProxies()) {
    const bool found = !FindProgram(proxy.name).empty();
    recorder.Add(Check{proxy.name + " is installed", "", found});
    if (!found) continue;
    place.directory = directory + "/" + proxy.name;
    place.port = FreePort();
    std::filesystem::create_directories(place.directory);
    ports.push_back(place.port);
    proxies.push_back(std::make_unique<Process>(proxy.command(place)));
    proxies.back()->Start();
  }
  site.gate_ports = ports;
  site.gate_timeout = kPatience;
  const bool served = enrolled && AwaitServedAt(fleet, ports, kPatience);
  recorder.Add(Check{"every proxy serves", "", served});
  if (!served) return;
  Traffic traffic(recorder, site,
                  {.revokers = 4,
                   .live_period = 10 * kMillisecond,
                   .poll_period = 2 * kMillisecond,
                   .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0},
                   .seed = run.options.seed});
  const Nanos begun = Now();
  while (Now() < begun + kDuration || GoesOn(run, 1, 1)) Pause(100 * kMillisecond);
  traffic.Stop();
}

}  // namespace

Scenario ProxiesScenario() {
  Scenario scenario{.name = "proxies"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.demands = {.revokes = 20,
                      .allowed = 200,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_soon = 20,
                      .checks = 2 + static_cast<int64_t>(GuideProxies().size())};
  scenario.body = RunProxies;
  return scenario;
}

}  // namespace sallyport::history
