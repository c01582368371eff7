#include "operations/shared/sign_in.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "domain/challenge.h"
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/issue.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/password_hasher.h"
#include "domain/password_policy.h"
#include "domain/pool.h"
#include "domain/secret_hash.h"
#include "domain/user.h"
#include "operations/shared/authentication_hooks.h"
#include "operations/shared/custom_auth.h"
#include "operations/shared/sign_in_answer.h"
#include "operations/shared/user_migration.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int64_t kMinuteMillis = 60'000;
constexpr int64_t kDefaultSessionMinutes = 3;
constexpr std::string_view kSrpFlow = "USER_SRP_AUTH";
constexpr std::string_view kCustomFlow = "CUSTOM_AUTH";

base::Error NotAuthorized(std::string_view message) {
  return {"NotAuthorizedException", std::string(message), ""};
}

// An attempt to sign in with a password.
struct Attempt {
  std::shared_ptr<const domain::Pool> pool;
  std::shared_ptr<const domain::Client> client;
  std::string_view username;
  std::string_view password;
};

// One hash is computed whatever is wrong, so that the time does not tell.
base::Result<domain::User> VerifyPassword(const Call& call, const Attempt& attempt) {
  SALLYPORT_ASSIGN(std::optional<domain::User> user,
                   domain::FindUser(call.services.store, *attempt.pool, attempt.username));
  const bool right = user && !user->password_hash.empty()
                         ? call.services.passwords.Verify(user->password_hash, attempt.password)
                         : call.services.passwords.VerifyNothing(attempt.password);
  if (!user && !attempt.client->prevent_user_existence_errors) {
    return base::Error{"UserNotFoundException", "User does not exist.", ""};
  }
  if (!right) return NotAuthorized("Incorrect username or password.");
  return std::move(*user);
}

base::Result<Issued> AskNewPassword(const Call& call, const domain::SignIn& sign_in) {
  const domain::User& user = sign_in.user;
  const int64_t now = call.services.clock.WallMillis();
  if (now >= user.password_millis + domain::TemporaryPasswordMillis(*sign_in.pool)) {
    return NotAuthorized("Temporary password has expired and must be reset by an administrator.");
  }
  domain::Challenge challenge{.name = "NEW_PASSWORD_REQUIRED",
                              .pool_id = sign_in.pool->id,
                              .client_id = sign_in.client->id,
                              .sub = user.sub,
                              .password_version = user.password_version};
  domain::ExpireAfter(challenge, call.services, ChallengeMillis(*sign_in.client));
  const std::string session = domain::MakeSession();
  const auto commit = [&](store::Tx& tx) -> base::Status {
    domain::User unwritten = user;
    if (sign_in.also) SALLYPORT_TRY(sign_in.also(tx, unwritten));
    return domain::PutChallenge(tx, session, challenge);
  };
  SALLYPORT_TRY(domain::Commit(call.services, commit));
  return Asked(NewPasswordAnswer(*sign_in.pool, user, session));
}

base::Result<Issued> InitiatePassword(Call& call, std::shared_ptr<const domain::Client> client,
                                      const json::object& input, const json::object& parameters) {
  Attempt attempt;
  SALLYPORT_ASSIGN(attempt.username, RequiredParameter(parameters, "USERNAME"));
  SALLYPORT_ASSIGN(attempt.password, RequiredParameter(parameters, "PASSWORD"));
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *client,
                                        domain::StringMember(parameters, "SECRET_HASH"),
                                        {attempt.username}));
  SALLYPORT_ASSIGN(attempt.pool, domain::GetPool(call.services, client->pool_id));
  attempt.client = std::move(client);
  SALLYPORT_TRY(MigrateAtSignIn(call, {*attempt.pool, *attempt.client, attempt.username, input},
                                attempt.password));
  // After it: whom a function has just brought here, Pre Authentication may refuse, too.
  SALLYPORT_TRY(CallPreAuthentication(
      call, {*attempt.pool, *attempt.client, attempt.username, ClientMetadataOf(input)}));
  SALLYPORT_ASSIGN(domain::User user, VerifyPassword(call, attempt));
  SALLYPORT_TRY(domain::EnsureSrpVerifier(call.services, *attempt.pool, user, attempt.password));
  return ContinueSignIn(call, {attempt.pool, attempt.client, std::move(user), nullptr});
}

base::Result<Issued> InitiateRefresh(Call& call,
                                     const std::shared_ptr<const domain::Client>& client,
                                     const json::object& parameters) {
  SALLYPORT_ASSIGN(const std::string_view token, RequiredParameter(parameters, "REFRESH_TOKEN"));
  SALLYPORT_ASSIGN(const domain::Refresh refresh,
                   domain::CheckRefreshToken(call.services, client, token));
  // SDKs compute it over the username, the sub, or the name that was typed at sign-in.
  SALLYPORT_TRY(domain::CheckSecretHash(
      call.services.vault, *client, domain::StringMember(parameters, "SECRET_HASH"),
      {refresh.user.username, refresh.user.sub, domain::StringMember(parameters, "USERNAME"),
       refresh.user.Attribute("email"), refresh.user.Attribute("phone_number"),
       refresh.user.Attribute("preferred_username")}));
  const auto issued = domain::CompleteRefresh(call.services, refresh, PeerOf(call));
  if (issued) return Issued{TokensAnswer(issued->tokens), issued->wait};
  // The client rotated until lately, and this is a token of then.
  if (issued.error().code == "RefreshTokenReuseException") {
    return NotAuthorized("Invalid Refresh Token");
  }
  return issued.error();
}

bool IsRefresh(std::string_view flow) {
  return flow == "REFRESH_TOKEN_AUTH" || flow == "REFRESH_TOKEN";
}

// What ExplicitAuthFlows must allow for this flow; empty: not to be had by this call.
std::string_view AllowFlow(std::string_view flow, Caller caller) {
  if (IsRefresh(flow)) return "ALLOW_REFRESH_TOKEN_AUTH";
  if (flow == kSrpFlow) return "ALLOW_USER_SRP_AUTH";
  if (flow == kCustomFlow) return "ALLOW_CUSTOM_AUTH";
  if (flow == "USER_PASSWORD_AUTH") return "ALLOW_USER_PASSWORD_AUTH";
  const bool admin = flow == "ADMIN_USER_PASSWORD_AUTH" || flow == "ADMIN_NO_SRP_AUTH";
  if (admin && caller == Caller::kAdmin) return "ALLOW_ADMIN_USER_PASSWORD_AUTH";
  return {};
}

base::Error FlowNotEnabled(std::string_view flow, Caller caller) {
  if (flow == kSrpFlow)
    return domain::InvalidParameter("USER_SRP_AUTH is not enabled for the client.");
  if (caller == Caller::kAdmin)
    return domain::InvalidParameter("Auth flow not enabled for this client");
  return domain::InvalidParameter(std::string(flow) + " flow not enabled for this client");
}

}  // namespace

Issued Asked(json::object challenge) {
  return {std::move(challenge), store::Wait::NothingRevoked()};
}

base::Result<std::string_view> RequiredParameter(const json::object& parameters,
                                                 std::string_view name) {
  const std::string_view value = domain::StringMember(parameters, name);
  if (value.empty())
    return domain::InvalidParameter("Missing required parameter " + std::string(name));
  return value;
}

int64_t ChallengeMillis(const domain::Client& client) {
  return kMinuteMillis *
         domain::IntMember(client.description, "AuthSessionValidity", kDefaultSessionMinutes);
}

base::Result<Issued> Complete(Call& call, domain::SignIn sign_in) {
  SALLYPORT_TRY(domain::MayIssue(call.services));
  SALLYPORT_TRY(CallPostAuthentication(call, sign_in));
  sign_in.peer = PeerOf(call);
  SALLYPORT_ASSIGN(const domain::Issued issued, domain::CompleteSignIn(call.services, sign_in));
  return Issued{TokensAnswer(issued.tokens), issued.wait};
}

base::Result<Issued> ContinueSignIn(Call& call, domain::SignIn sign_in) {
  const domain::User& user = sign_in.user;
  if (!user.enabled) return NotAuthorized("User is disabled.");
  if (user.status == domain::kForceChangePassword) return AskNewPassword(call, sign_in);
  if (user.status == domain::kUnconfirmed) {
    return base::Error{"UserNotConfirmedException", "User is not confirmed.", ""};
  }
  if (user.status == domain::kResetRequired) {
    return base::Error{"PasswordResetRequiredException", "Password reset required for the user",
                       ""};
  }
  if (user.status != domain::kConfirmed) {
    return base::InternalError("sign-in of a user with status " + user.status);
  }
  return Complete(call, std::move(sign_in));
}

base::Result<std::shared_ptr<const domain::Client>> ClientOf(const Call& call,
                                                             const json::object& input,
                                                             Caller caller) {
  const std::string_view client_id = domain::StringMember(input, "ClientId");
  if (caller == Caller::kClient) return domain::GetClient(call.services, client_id);
  SALLYPORT_ASSIGN(const auto pool,
                   domain::GetPool(call.services, domain::StringMember(input, "UserPoolId")));
  SALLYPORT_ASSIGN(auto client, domain::GetClient(call.services, client_id));
  if (client->pool_id != pool->id) {
    return base::Error{"ResourceNotFoundException",
                       "User pool client " + std::string(client_id) + " does not exist.",
                       "the client is another pool's"};
  }
  return client;
}

base::Result<Issued> Initiate(Call& call, const json::object& input, Caller caller) {
  static const json::object none;
  SALLYPORT_ASSIGN(auto client, ClientOf(call, input, caller));
  const std::string flow(domain::StringMember(input, "AuthFlow"));
  const std::string_view allow = AllowFlow(flow, caller);
  if (allow.empty()) return domain::InvalidParameter("Initiate Auth method not supported.");
  if (!client->AllowsFlow(allow)) return FlowNotEnabled(flow, caller);
  // Its answers have no place for the next refresh token.
  if (IsRefresh(flow) && client->rotates_refresh_tokens) return FlowNotEnabled(flow, caller);
  const json::object* given = domain::ObjectMember(input, "AuthParameters");
  const json::object& parameters = given != nullptr ? *given : none;
  if (IsRefresh(flow)) return InitiateRefresh(call, client, parameters);
  if (flow == kSrpFlow) {
    return InitiateSrp(call, std::move(client), parameters, ClientMetadataOf(input));
  }
  if (flow == kCustomFlow) {
    return InitiateCustom(call, std::move(client), parameters, ClientMetadataOf(input));
  }
  return InitiatePassword(call, std::move(client), input, parameters);
}

Lane InitiateLane(const json::object& input) {
  return IsRefresh(domain::StringMember(input, "AuthFlow")) ? Lane::kQuick : Lane::kHash;
}

}  // namespace sallyport::operations
