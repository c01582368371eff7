#include <filesystem>

#include "scenario.h"

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kTtl = 500 * kMillisecond;
constexpr int kFamilies = 3;
constexpr int kShortRounds = 3;  // each kind of copy once
constexpr int kRestores = 2;     // of each copy

enum class Kind {
  kCommand,    // sallyport backup, while it runs, and sallyport restore
  kDirectory,  // all of the data of a server that is stopped: nothing on this host knows better
  kDatabase,   // the database alone, put back by hand
};

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kCommand:
      return "sallyport backup";
    case Kind::kDirectory:
      return "a copy of the directory";
    case Kind::kDatabase:
      return "a copy of the database";
  }
  return "";
}

// Backups, revocations after them, and restores of the same backup again and again, with `recover`
// in between, while its agent keeps running.
class Turns {
 public:
  explicit Turns(Run& run)
      : run_(run),
        fleet_(run.fleet),
        recorder_(run.fleet.recorder()),
        revoker_(recorder_, run.fleet.site(), run.options.seed),
        api_(run.fleet.site().api_port, 5 * kSecond),
        asking_(run.fleet) {}

  void Perform() {
    bool up = true;
    for (int round = 0; up && GoesOn(run_, round, kShortRounds); ++round) {
      up = Round(static_cast<Kind>(round % 3), round);
    }
    Pause(200 * kMillisecond);  // for requests after the last restore
  }

 private:
  bool Round(Kind kind, int round) {
    kind_ = kind;
    backup_ = fleet_.options().directory + "/backup" + std::to_string(round);
    bool up = SignIn() && BackUp();
    for (int i = 0; up && i < kRestores; ++i) {
      Check("revoked after the backup", RevokeAll());
      up = Restore() && SignIn();
    }
    fs::remove_all(backup_);
    return up;
  }

  void Check(const std::string& what, bool held) {
    recorder_.Add(history::Check{what, NameOf(kind_), held});
  }

  bool SignIn() {
    plans_.clear();
    std::vector<Bearer> bearers;
    for (int i = 0; i < kFamilies; ++i) {
      std::optional<Plan> plan = revoker_.Prepare(Cause::kRevokeToken);
      if (!plan) break;
      bearers.push_back(plan->covered[0].access);
      plans_.push_back(std::move(*plan));
    }
    for (const Bearer& bearer : bearers) asked_.push_back(bearer);
    if (asked_.size() > 12) asked_.erase(asked_.begin(), asked_.end() - 12);
    asking_.Set(asked_);
    Check("signed in", plans_.size() == kFamilies);
    return plans_.size() == kFamilies;
  }

  bool RevokeAll() {
    bool revoked = true;
    for (const Plan& plan : plans_) revoked = revoker_.Revoke(plan, stop_) && revoked;
    return revoked;
  }

  // The part of the server's data that this kind of copy is about.
  void Copy(const std::string& from, const std::string& to) const {
    if (kind_ == Kind::kDirectory) fs::remove_all(to);
    fs::create_directory(to);
    for (const fs::directory_entry& entry : fs::directory_iterator(to)) {
      if (IsOfDatabase(entry.path())) fs::remove(entry.path());
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
      if (kind_ == Kind::kDatabase && !IsOfDatabase(entry.path())) continue;
      fs::copy(entry.path(), to / entry.path().filename(), fs::copy_options::recursive);
    }
    fs::permissions(to, fs::perms::owner_all);
  }
  static bool IsOfDatabase(const fs::path& path) {
    return path.filename().string().starts_with("sallyport.db");
  }

  bool BackUp() {
    if (kind_ == Kind::kCommand) {
      const bool made = fleet_.Manage({"backup", "--data", fleet_.data(), backup_}) == 0;
      Check("a backup is made", made);
      return made;
    }
    Fault fault{.what = "backup", .server = true, .begun = Now()};
    Check("the server ends by itself", fleet_.server().Terminate());
    fault.from = fault.remedy = Now();
    Copy(fleet_.data(), backup_);
    const bool up = fleet_.StartServer();
    fault.to = Now();
    recorder_.Add(fault);
    Check("the server starts again", up);
    Pause(run_.bounds.recovery());
    return up;
  }

  bool Restore() {
    Fault fault{.what = "restored", .server = true, .begun = Now()};
    fleet_.server().Kill();
    fault.from = Now();
    if (kind_ == Kind::kCommand) {
      Check("it is restored", fleet_.Manage({"restore", "--data", fleet_.data(), backup_}) == 0);
    } else {
      Copy(backup_, fleet_.data());
    }
    Check("the restored store starts", fleet_.StartServer());
    ExpectRefusal();
    fault.remedy = Now();
    Revoke recovery{.cause = "recover",
                    .scope = Scope::kPool,
                    .target = fleet_.site().client.pool,
                    .sent = Now()};
    fleet_.server().Terminate();
    Check("sallyport recover", fleet_.Recover() == 0);
    bool up = fleet_.StartServer();
    Check("the recovered store starts", up);
    recovery.answered = Now();
    recovery.status = up ? 200 : 0;
    recorder_.Add(recovery);
    const std::optional<Family> family = revoker_.SignIn();
    up = up && family && AwaitServed(fleet_, *family);
    fault.to = Now();
    recorder_.Add(fault);
    Check("new tokens are served", up);
    Pause(run_.bounds.recovery());
    return up;
  }

  void ExpectRefusal() {
    const Nanos deadline = Now() + 10 * kSecond;
    while (Now() < deadline && api_.Get("/readyz") == 200) Pause(10 * kMillisecond);
    Check("a restored store is noticed", api_.Get("/readyz") != 200);
    Check("nothing is issued", !revoker_.SignIn().has_value());
    Pause(kTtl + kTtl / 2);
  }

  Run& run_;
  Fleet& fleet_;
  Recorder& recorder_;
  Revoker revoker_;
  Api api_;
  Kind kind_ = Kind::kCommand;
  std::string backup_;
  std::vector<Plan> plans_;
  std::vector<Bearer> asked_;
  Asking asking_;
  const std::atomic<bool> stop_{false};
};

}  // namespace

// Restores of the same backup, one after the other.
Scenario TurnsScenario() {
  Scenario scenario{.name = "turns"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = kShortRounds * kRestores * (kFamilies + 1),
                      .allowed = 100,
                      .denied = 500,
                      .denied_revoked = 500,
                      .checks = 8 * kShortRounds * kRestores};
  scenario.body = [](Run& run) { Turns(run).Perform(); };
  return scenario;
}

}  // namespace sallyport::history
