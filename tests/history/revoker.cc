#include "revoker.h"

#include <chrono>
#include <thread>

namespace sallyport::history {
namespace {

namespace json = boost::json;

json::object UserOf(const Client& client, const std::string& username) {
  return {{"UserPoolId", client.pool_id}, {"Username", username}};
}

}  // namespace

Api ApiOf(const Site& site, uint32_t seed) {
  const Endpoints servers = site.servers.empty() ? Endpoints{site.api_port} : site.servers;
  return Api(servers, site.api_timeout, seed);
}

Revoker::Revoker(Recorder& recorder, Site& site, uint32_t seed)
    : recorder_(recorder), site_(site), api_(ApiOf(site, seed)), random_(seed) {}

std::optional<Plan> Revoker::Prepare(Cause cause) {
  switch (cause) {
    case Cause::kAdminDeleteUser:
    case Cause::kDeleteUser:
      return PrepareForNewUser(cause);
    case Cause::kDeleteUserPoolClient:
      return PrepareClient();
    case Cause::kDeleteUserPool:
      return PreparePool();
    case Cause::kSignOutOnPage:
    case Cause::kCodeReuse:
    case Cause::kSignOutByApp:
    case Cause::kSsoRevocation:
      return PrepareOnPage(cause);
    case Cause::kChangePassword:
      user_.reset();  // a user may change it five times an hour
      return PrepareForStandingUser(cause);
    default:
      return PrepareForStandingUser(cause);
  }
}

bool Revoker::Revoke(const Plan& plan, const std::atomic<bool>& stop, int attempts) {
  bool again = false;
  for (int attempt = 0; !stop && attempt < attempts; ++attempt) {
    const ApiAnswer answer = plan.request.empty() ? api_.Call(plan.operation, plan.input)
                                                  : api_.Send(plan.request, plan.success);
    // After an attempt without an answer, "not found" and "not authorized" mean that the attempt
    // had worked. They prove nothing about the time, so they are not recorded.
    if (again && answer.status == 400) break;
    recorder_.Add(history::Revoke{.cause = plan.operation,
                                  .scope = plan.scope,
                                  .target = plan.target,
                                  .spared_family = plan.spared ? plan.spared->family : kNone,
                                  .sent = answer.sent,
                                  .answered = answer.answered,
                                  .status = answer.status,
                                  .server = answer.server});
    if (answer.ok()) {
      if (plan.operation == "AdminDisableUser" && !api_.Call("AdminEnableUser", plan.input).ok()) {
        user_.reset();
      }
      return true;
    }
    again = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  user_.reset();  // disabled or not, this password or that one: nobody knows
  return false;
}

std::optional<Family> Revoker::SignIn() {
  if (!NeedUser()) return std::nullopt;
  return SignIn(*user_);
}

bool Revoker::NeedUser() {
  if (!user_) user_ = NewUser(site_.client);
  return user_.has_value();
}

std::optional<Revoker::User> Revoker::NewUser(const Client& client) {
  User user{recorder_.NewId(), "", NewPassword(), client};
  user.name = "user" + std::to_string(user.id);
  if (!api_.CreateUser(client.pool_id, user.name, user.password)) return std::nullopt;
  return user;
}

std::optional<Family> Revoker::SignIn(const User& user) {
  std::optional<Tokens> tokens = api_.SignIn(user.client.client_id, user.name, user.password);
  if (!tokens) return std::nullopt;
  return Record(user, *std::move(tokens));
}

Family Revoker::Record(const User& user, Tokens tokens) {
  Family family;
  family.family = recorder_.NewId();
  Token token{.family = family.family,
              .user = user.id,
              .client = user.client.client,
              .pool = user.client.pool,
              .access = true,
              .asked = tokens.asked,
              .issued = tokens.answered};
  family.access = {recorder_.Add(token), true, std::move(tokens.access)};
  token.access = false;
  family.id = {recorder_.Add(token), false, std::move(tokens.id)};
  family.refresh = std::move(tokens.refresh);
  return family;
}

std::optional<Plan> Revoker::PrepareForStandingUser(Cause cause) {
  if (!NeedUser()) return std::nullopt;
  std::optional<Family> family = SignIn(*user_);
  if (!family) return std::nullopt;
  Plan plan{.scope = Scope::kUser, .target = user_->id};
  plan.covered.push_back(std::move(*family));
  switch (cause) {
    case Cause::kGlobalSignOut:
      plan.operation = "GlobalSignOut";
      plan.input = {{"AccessToken", plan.covered[0].access.jwt}};
      break;
    case Cause::kAdminUserGlobalSignOut:
      plan.operation = "AdminUserGlobalSignOut";
      plan.input = UserOf(user_->client, user_->name);
      break;
    case Cause::kAdminDisableUser:
      plan.operation = "AdminDisableUser";
      plan.input = UserOf(user_->client, user_->name);
      break;
    case Cause::kChangePassword: {
      plan.spared = SignIn(*user_);
      if (!plan.spared) return std::nullopt;
      const std::string proposed = NewPassword();
      plan.operation = "ChangePassword";
      plan.input = {{"AccessToken", plan.spared->access.jwt},
                    {"PreviousPassword", user_->password},
                    {"ProposedPassword", proposed}};
      user_->password = proposed;
      break;
    }
    case Cause::kAdminSetUserPassword:
      plan.operation = "AdminSetUserPassword";
      plan.input = UserOf(user_->client, user_->name);
      user_->password = NewPassword();
      plan.input["Password"] = user_->password;
      plan.input["Permanent"] = true;
      break;
    default:
      plan.operation = "RevokeToken";
      plan.input = {{"ClientId", user_->client.client_id}, {"Token", plan.covered[0].refresh}};
      plan.scope = Scope::kFamily;
      plan.target = plan.covered[0].family;
  }
  return plan;
}

// Each may be done again without an answer: it says the same, and waits as long.
std::optional<Plan> Revoker::PrepareOnPage(Cause cause) {
  if (!NeedUser()) return std::nullopt;
  std::optional<Api::OnPage> page =
      api_.SignInOnPage(user_->client.client_id, user_->name, user_->password);
  if (!page) return std::nullopt;
  Plan plan{.scope = Scope::kFamily};
  plan.covered.push_back(Record(*user_, std::move(page->tokens)));
  plan.target = plan.covered[0].family;
  switch (cause) {
    case Cause::kSignOutOnPage:
      plan.operation = "/logout";
      plan.request = Api::SignOutRequest(user_->client.client_id, page->cookie);
      break;
    case Cause::kSignOutByApp:
      plan.operation = "/logout, by an app";
      plan.request = Api::SignOutByAppRequest(plan.covered[0].id.jwt, page->cookie);
      plan.success = 302;
      break;
    case Cause::kSsoRevocation:
      plan.operation = "AdminRevokeUserSession";
      plan.input = UserOf(user_->client, user_->name);
      plan.input["SessionId"] = page->session;
      plan.input["RevokeAssociatedSessions"] = "LINKED";
      break;
    default:
      plan.operation = "/oauth2/token, a code again";
      plan.request = Api::RedeemRequest(user_->client.client_id, page->code);
      plan.success = 400;
  }
  return plan;
}

std::optional<Plan> Revoker::PrepareForNewUser(Cause cause) {
  const std::optional<User> user = NewUser(site_.client);
  if (!user) return std::nullopt;
  std::optional<Family> family = SignIn(*user);
  if (!family) return std::nullopt;
  Plan plan{.scope = Scope::kUser, .target = user->id};
  plan.covered.push_back(std::move(*family));
  if (cause == Cause::kDeleteUser) {
    plan.operation = "DeleteUser";
    plan.input = {{"AccessToken", plan.covered[0].access.jwt}};
  } else {
    plan.operation = "AdminDeleteUser";
    plan.input = UserOf(user->client, user->name);
  }
  return plan;
}

std::optional<Plan> Revoker::PrepareClient() {
  if (!NeedUser()) return std::nullopt;
  User user = *user_;
  user.client.client = recorder_.NewId();
  user.client.client_id = api_.CreateClient(user.client.pool_id);
  if (user.client.client_id.empty()) return std::nullopt;
  std::optional<Family> family = SignIn(user);
  if (!family) return std::nullopt;
  Plan plan{.operation = "DeleteUserPoolClient",
            .input = {{"UserPoolId", user.client.pool_id}, {"ClientId", user.client.client_id}},
            .scope = Scope::kClient,
            .target = user.client.client};
  plan.covered.push_back(std::move(*family));
  return plan;
}

std::optional<Plan> Revoker::PreparePool() {
  Client client;
  {
    const std::lock_guard lock(site_.mutex);
    if (site_.spare_pools.empty()) return std::nullopt;
    client = std::move(site_.spare_pools.back());
    site_.spare_pools.pop_back();
  }
  const std::optional<User> user = NewUser(client);
  if (!user) return std::nullopt;
  std::optional<Family> family = SignIn(*user);
  if (!family) return std::nullopt;
  Plan plan{.operation = "DeleteUserPool",
            .input = {{"UserPoolId", client.pool_id}},
            .scope = Scope::kPool,
            .target = client.pool};
  plan.covered.push_back(std::move(*family));
  return plan;
}

std::string Revoker::NewPassword() {
  return "Passw0rd!" + std::to_string(random_());
}

}  // namespace sallyport::history
