#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kUsers = 8;
constexpr int kCallers = 3;
constexpr int kShortRounds = 6;
const char* const kPath = "/_sallyport/revoke";
const char* const kPassword = "Passw0rd!bulk";

struct Way {
  const char* action;
  bool disables = false, deletes = false;
};
constexpr Way kWays[] = {{"SIGN_OUT"}, {"DISABLE", true, false}, {"DELETE", false, true}};

// A group of users whose names can be found by a filter, and who are signed in again for each
// round.
class Group {
 public:
  Group(Run& run, int number)
      : run_(run),
        site_(run.fleet.site()),
        name_("bulk" + std::to_string(number) + "-"),
        api_(site_.api_port),
        gate_(run.fleet.recorder(), 0, site_.gate_ports[0], site_.gate_timeout) {}

  bool Create() {
    users_.clear();
    for (int i = 0; i < kUsers; ++i) {
      if (!api_.CreateUser(site_.client.pool_id, name_ + std::to_string(i), kPassword))
        return false;
      users_.push_back(recorder().NewId());
    }
    return true;
  }

  bool SignInAll() {
    bearers_.clear();
    for (int i = 0; i < kUsers; ++i) {
      const std::optional<Tokens> tokens =
          api_.SignIn(site_.client.client_id, name_ + std::to_string(i), kPassword);
      if (!tokens) return false;
      const Token token{.family = recorder().NewId(),
                        .user = users_[static_cast<size_t>(i)],
                        .client = site_.client.client,
                        .pool = site_.client.pool,
                        .access = true,
                        .asked = tokens->asked,
                        .issued = tokens->answered};
      bearers_.push_back({recorder().Add(token), true, tokens->access});
    }
    return true;
  }

  // One attempt to cut all of them off. Its success says that they are cut off, even if an earlier
  // attempt did the work. Then asks with the tokens of each.
  void CutOff(const Way& way, Api& api, GateClient& gate) {
    const ApiAnswer answer = api.Post(kPath, {{"UserPoolId", site_.client.pool_id},
                                              {"Action", way.action},
                                              {"Filter", "username ^= \"" + name_ + "\""}});
    for (const Id user : users_) {
      recorder().Add(Revoke{.cause = "bulk cut-off",
                            .scope = Scope::kUser,
                            .target = user,
                            .sent = answer.sent,
                            .answered = answer.answered,
                            .status = answer.status});
    }
    AskAll(gate);
  }

  // What the next round begins with.
  bool Restore(const Way& way) {
    if (way.deletes) return Create();
    bool enabled = true;
    for (int i = 0; way.disables && i < kUsers; ++i) {
      const boost::json::object input{{"UserPoolId", site_.client.pool_id},
                                      {"Username", name_ + std::to_string(i)}};
      enabled = api_.Call("AdminEnableUser", input).ok() && enabled;
    }
    return enabled;
  }

  void AskAll(GateClient& gate) const {
    for (const Bearer& bearer : bearers_) gate.Ask(bearer.token, true, bearer.jwt);
  }

  GateClient& gate() { return gate_; }

 private:
  Recorder& recorder() { return run_.fleet.recorder(); }

  Run& run_;
  Site& site_;
  const std::string name_;
  Api api_;
  GateClient gate_;
  std::vector<Id> users_;
  std::vector<Bearer> bearers_;
};

// Three callers ask for the same, one after the other, while the agent is stopped: what the first
// has done, the others find done.
void CutOffWhileStopped(Run& run, Group& group, const Way& way, Nanos stopped) {
  Site& site = run.fleet.site();
  group.AskAll(group.gate());
  Fault fault{.what = "stop-agent", .gate = 0, .ends_renewal = true, .begun = Now()};
  run.fleet.agent(0).Stop();
  fault.from = Now();
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&, i] {
      Pause(i * 60 * kMillisecond);
      Api api(site.api_port);
      GateClient gate(run.fleet.recorder(), 0, site.gate_ports[0], site.gate_timeout);
      group.CutOff(way, api, gate);
      group.CutOff(way, api, gate);  // again, now that it is answered
    });
  }
  std::thread asking([&] {
    GateClient gate(run.fleet.recorder(), 0, site.gate_ports[0], site.gate_timeout);
    while (!over) {
      group.AskAll(gate);
      Pause(2 * kMillisecond);
    }
  });
  Pause(stopped);
  fault.remedy = Now();
  run.fleet.agent(0).Continue();
  fault.to = Now();
  run.fleet.recorder().Add(fault);
  for (std::thread& thread : threads) thread.join();
  Pause(60 * kMillisecond);
  over = true;
  asking.join();
}

void CutOffInRounds(Run& run) {
  std::unique_ptr<Group> group;
  bool made = true;
  for (int round = 0; made && GoesOn(run, round, kShortRounds); ++round) {
    // For each revoke of a user, the judge looks at all tokens of that user; so other users are
    // taken after a while.
    if (round % 40 == 0) {
      group = std::make_unique<Group>(run, round);
      made = group->Create();
    }
    made = made && group->SignInAll();
    if (!made) break;
    const Nanos jitter = static_cast<Nanos>(run.random() % 100) * kMillisecond;
    const Way& way = kWays[round % 3];
    const Nanos stopped = (round / 3 % 2 == 0 ? kTtl / 2 : 3 * kTtl) + jitter;
    CutOffWhileStopped(run, *group, way, stopped);
    made = group->Restore(way);
  }
  run.fleet.recorder().Add(Check{"users are made and sign in", "", made});
  Pause(run.bounds.recovery());
  made = group->SignInAll();
  group->AskAll(group->gate());
}

}  // namespace

// Users are cut off in bulk, by a filter, and the call is repeated before and after its answer,
// while the agent is stopped: for less than the life of a lease, and for longer.
Scenario BulkScenario() {
  Scenario scenario{.name = "bulk"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = kShortRounds * kUsers * kCallers,
                      .allowed = kShortRounds * kUsers,
                      .denied = 500,
                      .denied_revoked = 500,
                      .denied_soon = 50,
                      .checks = 1};
  scenario.body = CutOffInRounds;
  return scenario;
}

}  // namespace sallyport::history
