#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>

#include "scenario.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kShortRounds = 2;
constexpr int kPlans = 60;
constexpr std::array kCauses{
    Cause::kRevokeToken,      Cause::kGlobalSignOut,   Cause::kAdminUserGlobalSignOut,
    Cause::kAdminDisableUser, Cause::kAdminDeleteUser, Cause::kDeleteUser};

// A file system that is filled to its last byte.
class Filler {
 public:
  explicit Filler(std::string path) : path_(std::move(path)) {}
  ~Filler() { Free(); }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

  // False: it could not even begin.
  bool Fill() {
    const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const std::string block(1 << 16, 'x');
    size_t size = block.size();
    while (size > 0) {
      if (write(fd, block.data(), size) < static_cast<ssize_t>(size)) size /= 2;
    }
    close(fd);
    return true;
  }
  void Free() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }

 private:
  const std::string path_;
};

class FullDisk {
 public:
  explicit FullDisk(Run& run)
      : run_(run),
        fleet_(run.fleet),
        recorder_(run.fleet.recorder()),
        api_(run.fleet.site().api_port, 5 * kSecond),
        gate_(recorder_, 0, run.fleet.site().gate_ports[0], kSecond),
        filler_(run.fleet.data() + "/filler"),
        asking_(run.fleet) {}

  void Perform() {
    bool up = true;
    for (int round = 0; up && GoesOn(run_, round, kShortRounds); ++round) up = Round();
  }

 private:
  bool Round() {
    // A user for each call: what one call ends must leave something to do for the next.
    std::vector<std::unique_ptr<Revoker>> revokers;
    std::vector<Plan> plans;
    while (plans.size() < kPlans) {
      revokers.push_back(
          std::make_unique<Revoker>(recorder_, fleet_.site(), run_.options.seed + plans.size()));
      std::optional<Plan> plan = revokers.back()->Prepare(kCauses[plans.size() % kCauses.size()]);
      if (!plan) break;
      plans.push_back(std::move(*plan));
    }
    recorder_.Add(Check{"signed in", "", plans.size() == kPlans});
    recorder_.Add(Check{"the disk is filled", "", filler_.Fill()});
    recorder_.Add(Check{"nothing else is written", "AdminCreateUser", CreateUntil(503)});
    for (size_t i = 0; i < plans.size(); ++i) {
      asking_.Set({plans[i].covered[0].access, plans[i].covered[0].id});
      Ask(plans[i]);
      // A full disk is no excuse: the call must succeed the first time.
      revokers[i]->Revoke(plans[i], stop_, 1);
      Ask(plans[i]);
    }
    recorder_.Add(Check{"nothing else is written now", "AdminCreateUser", Create() == 503});
    filler_.Free();
    const bool again = CreateUntil(200) && revokers[0]->SignIn().has_value();
    recorder_.Add(Check{"with space again, all is written", "", again});
    return again;
  }

  // A few writes may still find room that was there before the disk was full; the server looks each
  // second.
  bool CreateUntil(int status) {
    const Nanos deadline = Now() + 15 * kSecond;
    while (Now() < deadline) {
      if (Create() == status) return true;
      Pause(50 * kMillisecond);
    }
    return false;
  }

  int Create() {
    return api_
        .Call("AdminCreateUser", {{"UserPoolId", fleet_.site().client.pool_id},
                                  {"Username", "late" + std::to_string(recorder_.NewId())},
                                  {"MessageAction", "SUPPRESS"}})
        .status;
  }

  void Ask(const Plan& plan) {
    for (const Bearer& bearer : {plan.covered[0].access, plan.covered[0].id}) {
      gate_.Ask(bearer.token, bearer.access, bearer.jwt);
    }
  }

  Run& run_;
  Fleet& fleet_;
  Recorder& recorder_;
  Api api_;
  GateClient gate_;
  Filler filler_;
  Asking asking_;
  const std::atomic<bool> stop_{false};
};

}  // namespace

// The server's disk is full to its last byte: revocations commit and hold, and nothing else is
// written until there is space again.
Scenario DiskScenario() {
  Scenario scenario{.name = "disk"};
  scenario.fleet.ttl = kTtl;
  scenario.fleet.disk_mib = 64;
  scenario.fleet.server_arguments = {"--reserve-mib", "8"};
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = kPlans * kShortRounds,
                      .allowed = 2 * kPlans * kShortRounds,
                      .denied = 2 * kPlans * kShortRounds,
                      .denied_revoked = 2 * kPlans * kShortRounds,
                      .checks = 5 * kShortRounds};
  scenario.body = [](Run& run) { FullDisk(run).Perform(); };
  return scenario;
}

}  // namespace sallyport::history
