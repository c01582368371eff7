#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kTtl = 500 * kMillisecond;
// The feed is slowed down a little, so that an answer that does not wait for it comes before its
// entry.
constexpr Nanos kFeedDelay = 25 * kMillisecond;
constexpr int kUsers = 4;
constexpr int kSignersPerUser = 3;
constexpr size_t kAskedFor = 8;
constexpr int64_t kSignInsOfOneUser = 400;
constexpr int kShortRounds = 3;

// One user who may have one session, and who signs in at several places at once. Thread-safe.
class Contended {
 public:
  Contended(Run& run, int number) : run_(run), site_(run.fleet.site()), number_(number) {}

  // Signs in. Once that is answered, every session is over whose sign-in was answered before this
  // one was sent. Then asks the gate with the new token and with the earlier ones.
  void SignIn(Api& api, GateClient& gate) {
    const std::shared_ptr<const User> user = Current(api);
    if (!user) return;
    const ApiAnswer answer = api.TrySignIn(site_.client.client_id, user->name, user->password);
    const std::optional<Tokens> tokens = Api::TokensOf(answer);
    Family family;
    family.family = recorder().NewId();
    if (tokens) Register(*user, *tokens, family);
    recorder().Add(Revoke{.cause = "a sign-in that evicts",
                          .scope = Scope::kUser,
                          .target = user->id,
                          .spared_family = family.family,
                          .sent = answer.sent,
                          .answered = answer.answered,
                          .status = answer.status});
    if (!tokens) return;
    gate.Ask(family.access.token, true, family.access.jwt);
    AskForRecent(gate);
    const std::lock_guard lock(mutex_);
    recent_.push_back(family.access);
    recent_.push_back(family.id);
    while (recent_.size() > kAskedFor) recent_.pop_front();
  }

  void AskForRecent(GateClient& gate) {
    std::deque<Bearer> recent;
    {
      const std::lock_guard lock(mutex_);
      recent = recent_;
    }
    for (const Bearer& bearer : recent) gate.Ask(bearer.token, bearer.access, bearer.jwt);
  }

 private:
  struct User {
    Id id;
    std::string name, password;
  };

  Recorder& recorder() { return run_.fleet.recorder(); }

  // For each revoke of a user, the judge looks at all tokens of that user; so another user is taken
  // after a while.
  std::shared_ptr<const User> Current(Api& api) {
    const std::lock_guard lock(user_mutex_);
    if (user_ && ++sign_ins_ % kSignInsOfOneUser != 0) return user_;
    auto user = std::make_shared<User>(
        User{recorder().NewId(), "", "Passw0rd!" + std::to_string(run_.options.seed)});
    user->name = "contended" + std::to_string(number_) + "-" + std::to_string(user->id);
    if (!api.CreateUser(site_.client.pool_id, user->name, user->password)) return nullptr;
    user_ = user;
    return user_;
  }

  void Register(const User& user, const Tokens& tokens, Family& family) {
    Token token{.family = family.family,
                .user = user.id,
                .client = site_.client.client,
                .pool = site_.client.pool,
                .access = true,
                .asked = tokens.asked,
                .issued = tokens.answered};
    family.access = {recorder().Add(token), true, tokens.access};
    token.access = false;
    family.id = {recorder().Add(token), false, tokens.id};
  }

  Run& run_;
  Site& site_;
  const int number_;
  std::mutex user_mutex_;
  std::shared_ptr<const User> user_;
  int64_t sign_ins_ = 0;
  std::mutex mutex_;
  std::deque<Bearer> recent_;
};

void StopAgentFor(Run& run, Nanos duration) {
  Fault fault{.what = "stop-agent", .gate = 0, .ends_renewal = true, .begun = Now()};
  run.fleet.agent(0).Stop();
  fault.from = Now();
  Pause(duration);
  fault.remedy = Now();
  run.fleet.agent(0).Continue();
  fault.to = Now();
  run.fleet.recorder().Add(fault);
}

// No fault at first, and now and then an agent that is stopped.
void EvictOneAnother(Run& run) {
  Site& site = run.fleet.site();
  run.fleet.recorder().Add(
      Check{"one session a user", "SetUserPoolSessionConfiguration",
            Api(site.api_port)
                .Call("SetUserPoolSessionConfiguration", {{"UserPoolId", site.client.pool_id},
                                                          {"UserSessionTracking", "ENABLED"},
                                                          {"TokenSession", {{"MaxPerUser", 1}}}})
                .ok()});
  run.fleet.link(0).SetDelay(kFeedDelay);
  std::vector<std::unique_ptr<Contended>> users;
  for (int i = 0; i < kUsers; ++i) users.push_back(std::make_unique<Contended>(run, i));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (auto& user : users) {
    const auto each = [&](auto act) {
      threads.emplace_back([&stop, &site, &run, act] {
        Api api(site.api_port);
        GateClient gate(run.fleet.recorder(), 0, site.gate_ports[0], site.gate_timeout);
        while (!stop) act(api, gate);
      });
    };
    Contended& contended = *user;
    for (int i = 0; i < kSignersPerUser; ++i) {
      each([&contended](Api& api, GateClient& gate) { contended.SignIn(api, gate); });
    }
    each([&contended](Api&, GateClient& gate) {
      contended.AskForRecent(gate);
      Pause(kMillisecond);
    });
  }
  for (int round = 0; GoesOn(run, round, kShortRounds); ++round) {
    Pause(kSecond);
    const Nanos jitter = static_cast<Nanos>(run.random() % 200) * kMillisecond;
    if (round % 3 == 1) StopAgentFor(run, (round % 2 == 1 ? kTtl / 5 : 2 * kTtl) + jitter);
    if (round % 3 == 1) Pause(run.bounds.recovery());
  }
  Pause(400 * kMillisecond);
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

// TokenSession.MaxPerUser is 1, and each user signs in at several places at once: when a sign-in is
// answered, the sessions before it are over at the gate.
Scenario EvictionsScenario() {
  Scenario scenario{.name = "evictions"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.stream_recheck = scenario.fleet.stream_recheck;
  scenario.bounds.slack = kSecond;
  scenario.demands = {.revokes = 50,
                      .allowed = 100,
                      .denied = 500,
                      .denied_revoked = 500,
                      .denied_soon = 30,
                      .in_flight = 1,
                      .checks = 1};
  scenario.body = EvictOneAnother;
  return scenario;
}

}  // namespace sallyport::history
