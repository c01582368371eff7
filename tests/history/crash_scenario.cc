#include <algorithm>
#include <memory>
#include <thread>

#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 300 * kMillisecond;
constexpr int kClients = 6;
// How much of what earlier rounds have left is asked for again in each round.
constexpr size_t kSample = 10;
const char* const kPassword = "Passw0rd!crash";

// One client with users and tokens of its own, and a list of what was acknowledged to it. A call
// that was under way when the server died may or may not have had effect, so nothing is demanded
// about it.
class Ledger {
 public:
  Ledger(Fleet& fleet, int number, uint32_t seed)
      : fleet_(fleet), number_(number), random_(seed), api_(fleet.site().api_port, 5 * kSecond) {}

  // Works until `stop` or until the server is gone.
  void Work(const std::atomic<bool>& stop) {
    bool alive = true;
    while (alive && !stop) {
      const uint32_t choice = random_() % 20;
      if (choice < 4 || users_.empty()) {
        alive = CreateUser();
      } else if (choice < 11 || families_.empty()) {
        alive = SignIn();
      } else if (choice < 14) {
        alive = Refresh();
      } else if (choice < 19) {
        alive = RevokeOne();
      } else {
        alive = SignOut();
      }
    }
  }

  // Asks for everything that the last round acknowledged, and for a sample of the rest.
  void Verify() {
    GateClient gate(fleet_.recorder(), 0, fleet_.site().gate_ports[0], kSecond);
    for (const size_t i : FreshAndSample(names_.size(), fresh_name_)) VerifyUser(names_[i]);
    for (const size_t i : FreshAndSample(families_.size(), fresh_family_)) {
      families_[i].asked_for = true;
    }
    for (SignedIn& family : families_) {
      if (family.asked_for) VerifyFamily(family, gate);
      family.asked_for = false;
    }
    fresh_name_ = names_.size();
    fresh_family_ = families_.size();
  }

 private:
  enum class State { kLive, kDoubtful, kRevoked };
  struct User {
    Id id;
    std::string name;
  };
  struct SignedIn {
    Id family, user;
    Bearer access;
    std::string refresh;
    State state = State::kLive;
    bool asked_for = false;  // in the coming Verify
  };

  const Client& client() const { return fleet_.site().client; }

  bool CreateUser() {
    const std::string name =
        "crash" + std::to_string(number_) + "-" + std::to_string(++users_tried_);
    boost::json::object input{{"UserPoolId", client().pool_id}, {"Username", name}};
    if (!api_.Call("AdminCreateUser", input).ok()) return false;
    names_.push_back(name);
    input["Password"] = kPassword;
    input["Permanent"] = true;
    if (!api_.Call("AdminSetUserPassword", input).ok()) return false;
    users_.push_back({fleet_.recorder().NewId(), name});
    return true;
  }

  bool SignIn() {
    const User& user = users_[random_() % users_.size()];
    std::optional<Tokens> tokens = api_.SignIn(client().client_id, user.name, kPassword);
    if (!tokens) return false;
    SignedIn family{fleet_.recorder().NewId(), user.id, {}, std::move(tokens->refresh)};
    family.access = {fleet_.recorder().Add(Token{.family = family.family,
                                                 .user = user.id,
                                                 .client = client().client,
                                                 .pool = client().pool,
                                                 .access = true,
                                                 .asked = tokens->asked,
                                                 .issued = tokens->answered}),
                     true, std::move(tokens->access)};
    families_.push_back(std::move(family));
    return true;
  }

  bool Refresh() {
    const SignedIn& family = families_[random_() % families_.size()];
    const ApiAnswer answer = api_.Refresh(client().client_id, family.refresh);
    if (answer.status == 0) return false;
    if (family.state != State::kDoubtful) {
      Claim(family.state == State::kLive ? "live refresh token works" : "revoked one is refused",
            family, answer.ok() == (family.state == State::kLive));
    }
    return true;
  }

  bool RevokeOne() {
    SignedIn& family = families_[random_() % families_.size()];
    const State before = family.state;
    family.state = State::kDoubtful;
    const ApiAnswer answer =
        api_.Call("RevokeToken", {{"ClientId", client().client_id}, {"Token", family.refresh}});
    Record("RevokeToken", Scope::kFamily, family.family, answer);
    if (answer.ok()) {
      family.state = State::kRevoked;
      family.asked_for = true;
    } else if (before == State::kRevoked) {
      family.state = State::kRevoked;
    }
    return answer.status != 0;
  }

  bool SignOut() {
    const User& user = users_[random_() % users_.size()];
    const auto each = [&](auto change) {
      for (SignedIn& family : families_) {
        if (family.user == user.id && family.state != State::kRevoked) change(family);
      }
    };
    each([](SignedIn& family) { family.state = State::kDoubtful; });
    const ApiAnswer answer = api_.Call("AdminUserGlobalSignOut",
                                       {{"UserPoolId", client().pool_id}, {"Username", user.name}});
    Record("AdminUserGlobalSignOut", Scope::kUser, user.id, answer);
    if (!answer.ok()) return answer.status != 0;
    each([](SignedIn& family) {
      family.state = State::kRevoked;
      family.asked_for = true;
    });
    return true;
  }

  void Record(const std::string& cause, Scope scope, Id target, const ApiAnswer& answer) {
    fleet_.recorder().Add(Revoke{.cause = cause,
                                 .scope = scope,
                                 .target = target,
                                 .sent = answer.sent,
                                 .answered = answer.answered,
                                 .status = answer.status});
  }

  std::vector<size_t> FreshAndSample(size_t count, size_t fresh) {
    std::vector<size_t> chosen;
    for (size_t i = fresh; i < count; ++i) chosen.push_back(i);
    for (size_t i = 0; i < kSample && fresh > 0; ++i) chosen.push_back(random_() % fresh);
    return chosen;
  }

  void VerifyUser(const std::string& name) {
    const ApiAnswer answer =
        api_.Call("AdminGetUser", {{"UserPoolId", client().pool_id}, {"Username", name}});
    fleet_.recorder().Add(Check{"acknowledged user exists", name, answer.ok()});
  }

  void VerifyFamily(SignedIn& family, GateClient& gate) {
    if (family.state == State::kLive) {
      Claim("live refresh token works", family,
            api_.Refresh(client().client_id, family.refresh).ok());
    }
    if (family.state == State::kRevoked) {
      Claim("revoked refresh token is refused", family,
            api_.Refresh(client().client_id, family.refresh).error == "NotAuthorizedException");
      Claim("GetUser refuses a revoked token", family,
            api_.Call("GetUser", {{"AccessToken", family.access.jwt}}).error ==
                "NotAuthorizedException");
    }
    gate.Ask(family.access.token, true, family.access.jwt);
  }

  void Claim(const std::string& what, const SignedIn& family, bool held) {
    fleet_.recorder().Add(Check{what, "family " + std::to_string(family.family), held});
  }

  Fleet& fleet_;
  int number_;
  std::mt19937 random_;
  Api api_;
  int users_tried_ = 0;
  std::vector<std::string> names_;  // of all users whose making was acknowledged
  std::vector<User> users_;         // of those who can sign in
  std::vector<SignedIn> families_;
  size_t fresh_name_ = 0, fresh_family_ = 0;
};

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
  for (int i = 0; i < kClients; ++i) {
    ledgers.push_back(std::make_unique<Ledger>(run.fleet, i, run.options.seed * 100 + i));
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
