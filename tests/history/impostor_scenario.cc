#include <thread>

#include "impostor.h"
#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kShortRounds = 2;
constexpr int kForged = 3;

// The server dies, another program takes its port for a while, and the server comes back.
class Taking {
 public:
  explicit Taking(Run& run)
      : run_(run),
        fleet_(run.fleet),
        recorder_(run.fleet.recorder()),
        site_(run.fleet.site()),
        impostor_("http://127.0.0.1:" + std::to_string(site_.api_port) + "/" +
                  site_.client.pool_id) {}

  void Perform() {
    for (int i = 0; i < kForged; ++i) {
      const Id token = recorder_.Add(Token{.family = recorder_.NewId(),
                                           .user = recorder_.NewId(),
                                           .client = site_.client.client,
                                           .pool = site_.client.pool,
                                           .access = true,
                                           .forged = true});
      forged_.push_back({token, true, impostor_.Token(site_.client.client_id)});
    }
    Traffic traffic(recorder_, site_,
                    {.revokers = 3,
                     .streams = 1,
                     .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0, 2, 2},
                     .seed = run_.options.seed});
    std::atomic<bool> over{false};
    std::thread asking([&] {
      GateClient gate(recorder_, 0, site_.gate_ports[0], site_.gate_timeout);
      while (!over) {
        for (const Bearer& bearer : forged_) gate.Ask(bearer.token, true, bearer.jwt);
        Pause(2 * kMillisecond);
      }
    });
    bool up = true;
    for (int round = 0; up && GoesOn(run_, round, kShortRounds); ++round) {
      Pause(300 * kMillisecond + static_cast<Nanos>(run_.random() % 200) * kMillisecond);
      up = TakePort();
      Pause(run_.bounds.recovery() + 200 * kMillisecond);
    }
    traffic.Stop();
    over = true;
    asking.join();
  }

 private:
  bool TakePort() {
    Fault fault{.what = "impostor", .server = true, .ends_renewal = true, .begun = Now()};
    const int64_t tried = impostor_.tried();
    fleet_.server().Kill();
    fault.from = Now();
    const bool listens = impostor_.Listen(fleet_.feed_port(), kTtl);
    // Long enough for an agent that waits for a second between two attempts.
    const Nanos deadline = Now() + 5 * kSecond;
    while (Now() < deadline && impostor_.tried() < tried + 2) Pause(5 * kMillisecond);
    Pause(kTtl);
    fault.remedy = Now();
    impostor_.Leave();
    const bool up = fleet_.StartServer();
    fault.to = Now();
    recorder_.Add(fault);
    recorder_.Add(Check{"somebody else takes the port", "", listens});
    recorder_.Add(Check{"the agent tries it", "", impostor_.tried() > tried});
    recorder_.Add(Check{"the agent does not believe it", "", impostor_.believed() == 0});
    recorder_.Add(Check{"the server starts again", "", up});
    return up;
  }

  Run& run_;
  Fleet& fleet_;
  Recorder& recorder_;
  Site& site_;
  Impostor impostor_;
  std::vector<Bearer> forged_;
};

}  // namespace

// After a crash of the server, another program has the feed's port, and signs tokens with a key of
// its own.
Scenario ImpostorScenario() {
  Scenario scenario{.name = "impostor"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = 30,
                      .allowed = 200,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_blind = 50,
                      .denied_forged = 200,
                      .checks = 4 * kShortRounds};
  scenario.body = [](Run& run) { Taking(run).Perform(); };
  return scenario;
}

}  // namespace sallyport::history
