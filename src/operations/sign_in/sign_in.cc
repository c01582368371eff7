#include "operations/sign_in/sign_in.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "domain/errors.h"
#include "domain/issue.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "domain/secret_hash.h"
#include "operations/sign_in/answer.h"
#include "operations/sign_in/parameters.h"
#include "sign_in/flow.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Error NotAuthorized(std::string_view message) {
  return {"NotAuthorizedException", std::string(message), ""};
}

// The client of member ClientId; of an admin's call, of the pool of member UserPoolId.
// ResourceNotFoundException.
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

// `parameters`: with SECRET_HASH.
base::Result<Issued> Run(const Call& call, std::shared_ptr<const domain::Client> client,
                         const json::object& input, std::string_view parameters,
                         const sign_in::Input& given) {
  SALLYPORT_ASSIGN(auto pool, domain::GetPool(call.services, client->pool_id));
  const json::object* map = domain::ObjectMember(input, parameters);
  const sign_in::Attempt attempt{.services = call.services,
                                 .pool = std::move(pool),
                                 .client = std::move(client),
                                 .peer = PeerOf(call),
                                 .secret_hash = map != nullptr
                                                    ? domain::StringMember(*map, "SECRET_HASH")
                                                    : std::string_view(),
                                 .metadata = domain::ObjectMember(input, "ClientMetadata")};
  SALLYPORT_ASSIGN(const sign_in::Outcome outcome, sign_in::Run(attempt, given));
  const auto* const issued = std::get_if<domain::Issued>(&outcome);
  // A challenge has ended no session yet.
  return Issued{OutcomeAnswer(outcome),
                issued != nullptr ? issued->wait : store::Wait::NothingRevoked()};
}

base::Result<Issued> InitiateRefresh(const Call& call,
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

// What ExplicitAuthFlows must allow for this flow; nullopt: not to be had by this call.
std::optional<domain::AuthFlow> AllowFlow(std::string_view flow, Caller caller) {
  if (IsRefresh(flow)) return domain::AuthFlow::kRefreshToken;
  if (flow == "USER_SRP_AUTH") return domain::AuthFlow::kUserSrp;
  if (flow == "CUSTOM_AUTH") return domain::AuthFlow::kCustom;
  if (flow == "USER_PASSWORD_AUTH") return domain::AuthFlow::kUserPassword;
  const bool admin = flow == "ADMIN_USER_PASSWORD_AUTH" || flow == "ADMIN_NO_SRP_AUTH";
  if (admin && caller == Caller::kAdmin) return domain::AuthFlow::kAdminUserPassword;
  return std::nullopt;
}

base::Error FlowNotEnabled(std::string_view flow, Caller caller) {
  if (flow == "USER_SRP_AUTH") {
    return domain::InvalidParameter("USER_SRP_AUTH is not enabled for the client.");
  }
  if (caller == Caller::kAdmin) {
    return domain::InvalidParameter("Auth flow not enabled for this client");
  }
  return domain::InvalidParameter(std::string(flow) + " flow not enabled for this client");
}

}  // namespace

base::Result<Issued> Initiate(Call& call, const json::object& input, Caller caller) {
  static const json::object none;
  SALLYPORT_ASSIGN(auto client, ClientOf(call, input, caller));
  const std::string_view flow = domain::StringMember(input, "AuthFlow");
  const std::optional<domain::AuthFlow> allow = AllowFlow(flow, caller);
  if (!allow) return domain::InvalidParameter("Initiate Auth method not supported.");
  if (!client->settings.Allows(*allow)) return FlowNotEnabled(flow, caller);
  // Its answers have no place for the next refresh token.
  if (IsRefresh(flow) && client->settings.rotates_refresh_tokens)
    return FlowNotEnabled(flow, caller);
  const json::object* given = domain::ObjectMember(input, "AuthParameters");
  const json::object& parameters = given != nullptr ? *given : none;
  if (IsRefresh(flow)) return InitiateRefresh(call, client, parameters);
  SALLYPORT_ASSIGN(const sign_in::Input beginning, BeginningOf(flow, parameters));
  return Run(call, std::move(client), input, "AuthParameters", beginning);
}

Lane InitiateLane(const json::object& input) {
  return IsRefresh(domain::StringMember(input, "AuthFlow")) ? Lane::kQuick : Lane::kHash;
}

base::Result<Issued> Respond(Call& call, const json::object& input, Caller caller) {
  SALLYPORT_ASSIGN(auto client, ClientOf(call, input, caller));
  SALLYPORT_ASSIGN(const sign_in::Input answer, AnswerOf(input));
  return Run(call, std::move(client), input, "ChallengeResponses", answer);
}

Lane RespondLane(const json::object& input) {
  return domain::StringMember(input, "ChallengeName") == "NEW_PASSWORD_REQUIRED" ? Lane::kHash
                                                                                 : Lane::kQuick;
}

}  // namespace sallyport::operations
