#include <filesystem>

#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kFamilies = 5;

class Restoring {
 public:
  explicit Restoring(Run& run)
      : run_(run),
        fleet_(run.fleet),
        recorder_(run.fleet.recorder()),
        revoker_(recorder_, run.fleet.site(), run.options.seed),
        api_(run.fleet.site().api_port, 5 * kSecond) {}

  void Perform() {
    for (int i = 0; i < kFamilies && SignIn(); ++i) continue;
    BackUp();
    // What the backup does not contain: revocations, and a longer log.
    for (size_t i = 0; i + 1 < plans_.size(); ++i) {
      recorder_.Add(
          Check{"revoked after the backup", std::to_string(i), revoker_.Revoke(plans_[i], stop_)});
    }
    Fault fault{.what = "restored", .server = true, .begun = Now()};
    fleet_.server().Kill();
    fault.from = Now();
    std::filesystem::remove_all(fleet_.data());
    std::filesystem::copy(backup_, fleet_.data(), std::filesystem::copy_options::recursive);
    recorder_.Add(Check{"the restored store starts", "", fleet_.StartServer()});
    ExpectRefusal();
    fault.remedy = Now();
    // It revokes everything that was issued before.
    Revoke recovery{.cause = "recover",
                    .scope = Scope::kPool,
                    .target = fleet_.site().client.pool,
                    .sent = Now()};
    fleet_.server().Terminate();
    recorder_.Add(Check{"sallyport recover", "exit code 0", fleet_.Recover() == 0});
    recorder_.Add(Check{"the recovered store starts", "", fleet_.StartServer()});
    fault.to = Now();
    recorder_.Add(fault);
    recovery.answered = Now();
    recovery.status = 200;
    recorder_.Add(recovery);
    Pause(run_.bounds.recovery());
    ExpectServiceForNewTokensOnly();
  }

 private:
  bool SignIn() {
    std::optional<Plan> plan = revoker_.Prepare(Cause::kRevokeToken);
    if (plan) plans_.push_back(std::move(*plan));
    recorder_.Add(Check{"signed in", "", plan.has_value()});
    return plan.has_value();
  }

  void BackUp() {
    Fault fault{.what = "backup", .server = true, .begun = Now()};
    recorder_.Add(Check{"the server ends by itself", "", fleet_.server().Terminate()});
    fault.from = fault.remedy = Now();
    backup_ = fleet_.options().directory + "/backup";
    std::filesystem::copy(fleet_.data(), backup_, std::filesystem::copy_options::recursive);
    recorder_.Add(Check{"starts again", "", fleet_.StartServer()});
    fault.to = Now();
    recorder_.Add(fault);
    Pause(run_.bounds.recovery());
    for (const Plan& plan : plans_) AskGate(plan.covered[0]);
  }

  // The agent is ahead of the log: once it has said so, no tokens are issued.
  void ExpectRefusal() {
    const Nanos deadline = Now() + 10 * kSecond;
    while (Now() < deadline && api_.Get("/readyz") == 200) Pause(10 * kMillisecond);
    recorder_.Add(Check{"a restored store is noticed", "/readyz", api_.Get("/readyz") != 200});
    recorder_.Add(Check{"nothing is issued", "sign-in", !revoker_.SignIn().has_value()});
    for (size_t i = 0; i < plans_.size(); ++i) {
      recorder_.Add(Check{"nothing is issued", "refresh " + std::to_string(i), !Refreshed(i)});
    }
    for (const Plan& plan : plans_) AskGate(plan.covered[0]);
    Pause(kTtl + kTtl / 2);
    for (const Plan& plan : plans_) {
      recorder_.Add(Check{"the gate has no lease", "", AskGate(plan.covered[0]) == 401});
    }
  }

  void ExpectServiceForNewTokensOnly() {
    for (size_t i = 0; i < plans_.size(); ++i) {
      recorder_.Add(Check{"a refresh token from before is dead", std::to_string(i), !Refreshed(i)});
      recorder_.Add(Check{"an access token from before is dead", std::to_string(i),
                          AskGate(plans_[i].covered[0]) == 401});
    }
    const std::optional<Family> family = revoker_.SignIn();
    recorder_.Add(Check{"sign-in works again", "", family.has_value()});
    if (family) recorder_.Add(Check{"new tokens are served", "", AskGate(*family) == 200});
  }

  bool Refreshed(size_t i) {
    return api_.Refresh(fleet_.site().client.client_id, plans_[i].covered[0].refresh).ok();
  }

  int AskGate(const Family& family) {
    return GateClient(recorder_, 0, fleet_.site().gate_ports[0], kSecond)
        .Ask(family.access.token, true, family.access.jwt);
  }

  Run& run_;
  Fleet& fleet_;
  Recorder& recorder_;
  Revoker revoker_;
  Api api_;
  std::vector<Plan> plans_;
  std::string backup_;
  const std::atomic<bool> stop_{false};
};

}  // namespace

// The server's data is replaced by an older copy while its agent keeps running.
Scenario RestoredScenario() {
  Scenario scenario{.name = "restored"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = kFamilies - 1, .denied_revoked = kFamilies - 1, .checks = 30};
  scenario.body = [](Run& run) { Restoring(run).Perform(); };
  return scenario;
}

}  // namespace sallyport::history
