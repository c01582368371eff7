// GetClientToken: the client_credentials grant as an Operation.
#include <boost/json/value.hpp>

#include "domain/client.h"
#include "domain/client_token.h"
#include "domain/hook.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/sign_up_hooks.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Error NotAuthorized(std::string message) {
  return {"NotAuthorizedException", std::move(message), ""};
}

// Reads in one snapshot, and signs without it.
base::Result<domain::ClientToken> Prepare(const Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const auto client,
                   domain::GetSharedClient(*reader, domain::StringMember(input, "ClientId")));
  if (client->secrets.empty() ||
      !domain::SecretMatches(call.services.vault, *client, domain::StringMember(input, "Secret"))) {
    return NotAuthorized("Unable to verify secret for client " + client->id);
  }
  if (!client->settings.Allows(domain::AuthFlow::kClientToken)) {
    return NotAuthorized("CLIENT_TOKEN_AUTH flow not enabled for this client");
  }
  return domain::PrepareClientToken(call.services, *reader, client,
                                    domain::StringsMember(input, "Scopes"));
}

// The model declares no error of functions for this operation: one that raises an error refuses the
// call, and one that fails otherwise is a fault of the service.
base::Error Declared(base::Error error) {
  if (!domain::IsHookError(error)) return error;
  if (error.code == "UserLambdaValidationException") return NotAuthorized(std::move(error.message));
  return base::InternalError(error.message + " " + error.cause);
}

base::Result<json::object> RunGetClientToken(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(domain::ClientToken token, Prepare(call, input));
  token.client_metadata = ClientMetadataOf(input);
  const auto signed_token = domain::IssueClientToken(call.services, token, call.user_agent);
  if (!signed_token) return Declared(signed_token.error());
  return json::object{{"ClientAuthenticationResult",
                       json::object{{"AccessToken", *signed_token},
                                    {"ExpiresIn", token.client->settings.access_token_seconds},
                                    {"TokenType", "Bearer"}}}};
}

}  // namespace

const Operation kGetClientToken{RunGetClientToken};

}  // namespace sallyport::operations
