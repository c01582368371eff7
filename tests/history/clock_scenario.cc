#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <ctime>
#include <filesystem>
#include <memory>

#include "base/encoding.h"
#include "scenario.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kShortRounds = 2;
constexpr int kFamilies = 4;
constexpr int64_t kAheadSeconds = 2 * 86'400;
// The server looks for what it may forget each second, see Options().
constexpr Nanos kAheadFor = 2500 * kMillisecond;

// What tests/e2e/clock_shim.c reads: seconds added to the wall clock, and to the monotonic one.
class Offsets {
 public:
  explicit Offsets(const std::string& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && ftruncate(fd, sizeof(int64_t) * 2) == 0) {
      void* mapped = mmap(nullptr, sizeof(int64_t) * 2, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (mapped != MAP_FAILED) offsets_ = static_cast<volatile int64_t*>(mapped);
    }
    if (fd >= 0) close(fd);
  }
  ~Offsets() {
    if (offsets_ != nullptr) munmap(const_cast<int64_t*>(offsets_), sizeof(int64_t) * 2);
  }
  Offsets(const Offsets&) = delete;
  Offsets& operator=(const Offsets&) = delete;

  bool SetWall(int64_t seconds) {
    if (offsets_ != nullptr) offsets_[0] = seconds;
    return offsets_ != nullptr;
  }

 private:
  volatile int64_t* offsets_ = nullptr;
};

// Unix seconds; 0: it is not a JWT.
int64_t IssuedAt(const std::string& jwt) {
  const size_t begin = jwt.find('.') + 1;
  const auto payload = base::Base64UrlDecode(jwt.substr(begin, jwt.find('.', begin) - begin));
  if (!payload) return 0;
  boost::json::error_code error;
  const auto claims = boost::json::parse(
      std::string_view(reinterpret_cast<const char*>(payload->data()), payload->size()), error);
  const auto* object = error ? nullptr : claims.if_object();
  const auto* issued = object ? object->if_contains("iat") : nullptr;
  return issued && issued->is_int64() ? issued->as_int64() : 0;
}

class ClockAhead {
 public:
  explicit ClockAhead(Run& run)
      : run_(run),
        fleet_(run.fleet),
        recorder_(run.fleet.recorder()),
        revoker_(recorder_, run.fleet.site(), run.options.seed),
        offsets_(OffsetsPath(run.fleet.options())),
        asking_(run.fleet) {}

  void Perform() {
    bool made = true;
    for (int round = 0; made && GoesOn(run_, round, kShortRounds); ++round) made = Round();
    recorder_.Add(Check{"signed in", "", made});
  }

 private:
  static std::string OffsetsPath(const FleetOptions& options) {
    return options.directory + "/offsets";
  }

  bool Round() {
    std::vector<Plan> plans;
    std::vector<Bearer> bearers;
    for (int i = 0; i < kFamilies; ++i) {
      std::optional<Plan> plan = revoker_.Prepare(Cause::kRevokeToken);
      if (!plan) return false;
      for (const Bearer& bearer : {plan->covered[0].access, plan->covered[0].id}) {
        bearers.push_back(bearer);
      }
      plans.push_back(std::move(*plan));
    }
    const std::optional<Family> live = revoker_.SignIn();
    if (!live) return false;
    bearers.push_back(live->access);
    asking_.Set(bearers);
    Pause(20 * kMillisecond);
    for (const Plan& plan : plans) revoker_.Revoke(plan, stop_);
    Pause(20 * kMillisecond);

    // By the clock that is ahead, tokens have expired. So nothing is demanded about requests that
    // are refused meanwhile.
    Fault fault{.what = "clock-ahead", .server = true, .begun = Now()};
    bool moved = offsets_.SetWall(kAheadSeconds);
    fault.from = Now();
    // The process has read it, and it is not only in the file.
    const std::optional<Family> ahead = revoker_.SignIn();
    moved = moved && ahead && IssuedAt(ahead->access.jwt) > std::time(nullptr) + kAheadSeconds / 2;
    Pause(kAheadFor);
    fault.remedy = Now();
    moved = offsets_.SetWall(0) && moved;
    // An agent of a new host: it has only what the server sends it now.
    fleet_.agent(0).Kill();
    fs::remove(fleet_.options().directory + "/gate0/replica");
    fleet_.agent(0).Start();
    const bool served = AwaitServed(fleet_, *live);
    fault.to = Now();
    recorder_.Add(fault);
    recorder_.Add(Check{"the clock is moved", "", moved});
    recorder_.Add(Check{"a token from before is served again", "", served});
    Pause(run_.bounds.recovery());
    return served;
  }

  Run& run_;
  Fleet& fleet_;
  Recorder& recorder_;
  Revoker revoker_;
  Offsets offsets_;
  Asking asking_;
  const std::atomic<bool> stop_{false};
};

}  // namespace

// The server's wall clock is two days ahead for a while and is then corrected; afterwards an agent
// takes a snapshot.
Scenario ClockScenario() {
  Scenario scenario{.name = "clock"};
  scenario.fleet.ttl = kTtl;
  scenario.fleet.clock_of_its_own = true;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = kFamilies * kShortRounds,
                      .allowed = 50,
                      .denied = 200,
                      .denied_revoked = 200,
                      .checks = 2 * kShortRounds};
  scenario.body = [](Run& run) { ClockAhead(run).Perform(); };
  return scenario;
}

}  // namespace sallyport::history
