// GetClientToken: gives a client an access token for itself, as the client_credentials grant of
// OAuth 2.0 does.
#include <boost/json/value.hpp>

#include "base/error_codes.h"
#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/tokens/client_token.h"
#include "domain/tokens/time_to_issue.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// All reads are from one snapshot, which is released before the token is signed.
base::Result<domain::ClientToken> Prepare(const Call& call, const api::GetClientTokenInput& input) {
  const base::Result<int64_t> now = domain::TimeToIssue(call.services);
  const std::vector<std::string> scopes = api::Copies(input.scopes());
  const store::Expecting ahead =
      domain::ExpectClientToken(call.services, input.client_id(), scopes);
  SALLYPORT_ASSIGN(const auto reader, call.services.store.Snapshot());
  SALLYPORT_ASSIGN(const auto client, domain::GetSharedClient(*reader, input.client_id()));
  if (client->secrets.empty() ||
      !domain::SecretMatches(call.services.vault, *client, input.secret())) {
    return domain::error::kClientSecretWrong(client->id);
  }
  if (!client->settings.Allows(domain::AuthFlow::kClientToken)) {
    return domain::error::kClientTokenFlowNotEnabled();
  }
  return domain::PrepareClientToken(call.services, *reader, now, client, scopes);
}

// The model declares no errors of functions for this operation. If the function raises an error,
// the call is refused; if it fails in another way, that is an internal error.
base::Error Declared(base::Error error) {
  if (!domain::IsHookError(error)) return error;
  if (error.code == base::code::kUserLambdaValidation)
    return {base::code::kNotAuthorized, std::move(error.message), ""};
  return base::InternalError(error.message + " " + error.cause);
}

base::Result<json::object> RunGetClientToken(Call& call, const api::GetClientTokenInput& input) {
  SALLYPORT_ASSIGN(domain::ClientToken token, Prepare(call, input));
  if (const auto* metadata = input.client_metadata()) token.client_metadata = *metadata;
  const auto signed_token = domain::IssueClientToken(call.services, token, call.user_agent);
  if (!signed_token) return Declared(signed_token.error());
  return json::object{{"ClientAuthenticationResult",
                       json::object{{"AccessToken", *signed_token},
                                    {"ExpiresIn", token.client->settings.access_token_seconds},
                                    {"TokenType", "Bearer"}}}};
}

}  // namespace

const Operation<api::GetClientTokenInput> kGetClientToken = MakeOperation<RunGetClientToken>();

}  // namespace sallyport::operations
