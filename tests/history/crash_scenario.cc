#include <memory>
#include <thread>

#include "ledger.h"
#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 300 * kMillisecond;
constexpr int kClients = 6;
template <typename F>
std::vector<std::thread> ForEach(std::vector<std::unique_ptr<Ledger>>& ledgers, F work) {
  std::vector<std::thread> threads;
  for (auto& ledger : ledgers) threads.emplace_back([&ledger, work] { work(*ledger); });
  return threads;
}

void Join(std::vector<std::thread> threads) {
  for (std::thread& thread : threads) thread.join();
}

void CrashManyTimes(Run& run) {
  std::vector<std::unique_ptr<Ledger>> ledgers;
  run.fleet.site().api_timeout = 5 * kSecond;
  for (int i = 0; i < kClients; ++i) {
    ledgers.push_back(std::make_unique<Ledger>(run.fleet.recorder(), run.fleet.site(), i,
                                               run.options.seed * 100 + i));
  }
  for (int round = 0; round < run.options.rounds; ++round) {
    std::atomic<bool> stop{false};
    auto working = ForEach(ledgers, [&stop](Ledger& ledger) { ledger.Work(stop); });
    Pause(static_cast<Nanos>(100 + run.random() % 900) * kMillisecond);
    Fault fault{.what = "kill-server", .server = true, .ends_renewal = true, .begun = Now()};
    run.fleet.server().Kill();
    fault.from = Now();
    stop = true;
    Join(std::move(working));
    fault.remedy = Now();
    const bool up = run.fleet.StartServer();
    fault.to = Now();
    run.fleet.recorder().Add(fault);
    run.fleet.recorder().Add(Check{"starts again", "round " + std::to_string(round), up});
    if (!up) return;
    Join(ForEach(ledgers, [](Ledger& ledger) { ledger.Verify(); }));
  }
  Pause(run.bounds.recovery());
  Revoker revoker(run.fleet.recorder(), run.fleet.site(), run.options.seed);
  if (const std::optional<Family> family = revoker.SignIn()) {
    GateClient(run.fleet.recorder(), 0, run.fleet.site().gate_ports[0], kSecond)
        .Ask(family->access.token, true, family->access.jwt);
  }
}

}  // namespace

// kill -9 of the server under load, at random moments.
Scenario CrashScenario(const RunOptions& options) {
  Scenario scenario{.name = "crash"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.demands = {
      .revokes = options.rounds, .denied_revoked = options.rounds, .checks = 50 * options.rounds};
  scenario.body = CrashManyTimes;
  return scenario;
}

}  // namespace sallyport::history
