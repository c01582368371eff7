#include "ledger.h"

#include <chrono>
#include <thread>
#include <utility>

namespace sallyport::history {
namespace {

// How much of what was acknowledged earlier is asked for again in each Verify.
constexpr size_t kSample = 10;
const char* const kPassword = "Passw0rd!ledger";

// Whether nothing is known about what has become of the call.
bool Lost(const ApiAnswer& answer) {
  return answer.status == 0 || answer.status >= 500;
}

}  // namespace

Ledger::Ledger(Recorder& recorder, Site& site, int number, uint32_t seed)
    : recorder_(recorder), site_(site), number_(number), random_(seed), api_(ApiOf(site, seed)) {}

void Ledger::Work(const std::atomic<bool>& stop) {
  bool alive = true;
  while (alive && !stop) alive = Step();
}

void Ledger::WorkOn(const std::atomic<bool>& stop, Nanos pause) {
  while (!stop) {
    Step();
    std::this_thread::sleep_for(std::chrono::nanoseconds(pause));
  }
}

bool Ledger::Step() {
  const uint32_t choice = random_() % 20;
  if (choice < 4 || users_.empty()) return CreateUser();
  if (choice < 11 || families_.empty()) return SignIn();
  if (choice < 14) return Refresh();
  return choice < 19 ? RevokeOne() : SignOut();
}

void Ledger::Verify() {
  GateClient gate(recorder_, 0, site_.gate_ports[0], kSecond);
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

bool Ledger::CreateUser() {
  const std::string name =
      "ledger" + std::to_string(number_) + "-" + std::to_string(++users_tried_);
  boost::json::object input{{"UserPoolId", client().pool_id}, {"Username", name}};
  if (!Note("AdminCreateUser", api_.Call("AdminCreateUser", input)).ok()) return false;
  names_.push_back(name);
  input["Password"] = kPassword;
  input["Permanent"] = true;
  if (!Note("AdminSetUserPassword", api_.Call("AdminSetUserPassword", input)).ok()) return false;
  users_.push_back({recorder_.NewId(), name});
  return true;
}

bool Ledger::SignIn() {
  const User& user = users_[random_() % users_.size()];
  std::optional<Tokens> tokens =
      Api::TokensOf(Note("a sign-in", api_.TrySignIn(client().client_id, user.name, kPassword)));
  if (!tokens) return false;
  SignedIn family{recorder_.NewId(), user.id, {}, std::move(tokens->refresh)};
  family.access = {recorder_.Add(Token{.family = family.family,
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

bool Ledger::Refresh() {
  const SignedIn& family = families_[random_() % families_.size()];
  const ApiAnswer answer = api_.Refresh(client().client_id, family.refresh);
  if (family.state == State::kLive) Note("a refresh", answer);
  if (Lost(answer)) return false;
  if (family.state != State::kDoubtful) {
    Claim(family.state == State::kLive ? "live refresh token works" : "revoked one is refused",
          family, answer.ok() == (family.state == State::kLive));
  }
  return true;
}

bool Ledger::RevokeOne() {
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
  return !Lost(answer);
}

bool Ledger::SignOut() {
  const size_t chosen = random_() % users_.size();
  const User user = users_[chosen];
  const auto each = [&](auto change) {
    for (SignedIn& family : families_) {
      if (family.user == user.id && family.state != State::kRevoked) change(family);
    }
  };
  each([](SignedIn& family) { family.state = State::kDoubtful; });
  const ApiAnswer answer = api_.Call("AdminUserGlobalSignOut",
                                     {{"UserPoolId", client().pool_id}, {"Username", user.name}});
  Record("AdminUserGlobalSignOut", Scope::kUser, user.id, answer);
  if (!answer.ok()) {
    // It may take effect later, and end what that user signs in to meanwhile.
    users_.erase(users_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return !Lost(answer);
  }
  each([](SignedIn& family) {
    family.state = State::kRevoked;
    family.asked_for = true;
  });
  return true;
}

void Ledger::Record(const std::string& cause, Scope scope, Id target, const ApiAnswer& answer) {
  recorder_.Add(Revoke{.cause = cause,
                       .scope = scope,
                       .target = target,
                       .sent = answer.sent,
                       .answered = answer.answered,
                       .status = answer.status,
                       .server = answer.server});
}

ApiAnswer Ledger::Note(std::string what, ApiAnswer answer) {
  recorder_.Add(history::Call{.what = std::move(what),
                              .server = answer.server,
                              .sent = answer.sent,
                              .answered = answer.answered,
                              .status = answer.status});
  return answer;
}

std::vector<size_t> Ledger::FreshAndSample(size_t count, size_t fresh) {
  std::vector<size_t> chosen;
  for (size_t i = fresh; i < count; ++i) chosen.push_back(i);
  for (size_t i = 0; i < kSample && fresh > 0; ++i) chosen.push_back(random_() % fresh);
  return chosen;
}

void Ledger::VerifyUser(const std::string& name) {
  const ApiAnswer answer =
      api_.Call("AdminGetUser", {{"UserPoolId", client().pool_id}, {"Username", name}});
  recorder_.Add(Check{"acknowledged user exists", name, answer.ok()});
}

void Ledger::VerifyFamily(SignedIn& family, GateClient& gate) {
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

void Ledger::Claim(const std::string& what, const SignedIn& family, bool held) {
  recorder_.Add(Check{what, "family " + std::to_string(family.family), held});
}

}  // namespace sallyport::history
