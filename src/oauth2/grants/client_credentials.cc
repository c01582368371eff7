// RFC 6749, section 4.4: a client gets an access token for itself, without a refresh token or ID
// token.
#include <boost/json/parse.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/client_token.h"
#include "oauth2/grants/grant.h"
#include "oauth2/hook_error.h"

namespace sallyport::oauth2 {

namespace {

bool AllowsClientCredentials(const domain::Client& client) {
  // A client without a secret cannot prove anything.
  return !client.secrets.empty() && client.settings.Allows(domain::OAuthFlow::kClientCredentials);
}

// aws_client_metadata: Cognito's own parameter, for the Pre Token Generation function.
base::Result<boost::json::object> ClientMetadata(const codec::Form& form) {
  const std::string_view text = form.Get("aws_client_metadata");
  if (text.empty()) return boost::json::object();
  boost::system::error_code unreadable;
  boost::json::value parsed = boost::json::parse({text.data(), text.size()}, unreadable);
  const base::Error invalid = domain::error::kClientMetadataUnreadable();
  if (unreadable || !parsed.is_object()) return invalid;
  for (const auto& [name, value] : parsed.get_object()) {
    if (!value.is_string()) return invalid;
  }
  return std::move(parsed.get_object());
}

base::Result<GrantOutcome> Sign(const domain::Services& services, const domain::ClientToken& token,
                                std::string_view user_agent) {
  auto signed_token = domain::IssueClientToken(services, token, user_agent);
  if (!signed_token) {
    base::Error error = std::move(signed_token).error();
    if (domain::IsHookError(error)) return HookError(std::move(error));
    // It was deleted while the function ran.
    if (error.code == base::code::kResourceNotFound) error.code = base::code::oauth::kInvalidClient;
    return error;
  }
  domain::IssuedTokens tokens;
  tokens.access_token = std::move(*signed_token);
  tokens.expires_in = token.client->settings.access_token_seconds;
  return GrantOutcome(domain::TokenIssuance{std::move(tokens), store::Wait::NothingRevoked()});
}

base::Result<GrantCompletion> CheckClientCredentials(const GrantRequest& request,
                                                     store::Reader& reader) {
  if (!request.form.Get("resource").empty()) return domain::error::kNoTargetForClients();
  SALLYPORT_ASSIGN(boost::json::object metadata, ClientMetadata(request.form));
  auto token =
      domain::PrepareClientToken(request.services, reader, request.now_millis, request.client,
                                 domain::SplitScope(request.form.Get("scope")));
  if (!token) {
    base::Error error = std::move(token).error();
    if (error.code == base::code::kInvalidParameter) error.code = base::code::oauth::kInvalidScope;
    if (error.code == base::code::kResourceNotFound) return base::InternalError(error.cause);
    return error;
  }
  token->client_metadata = std::move(metadata);
  return GrantCompletion(
      [&services = request.services, prepared = std::move(*token),
       user_agent = request.context.user_agent] { return Sign(services, prepared, user_agent); });
}

}  // namespace

const Grant kClientCredentialsGrant{"client_credentials",
                                    {},
                                    domain::Category::kClientAuthentication,
                                    AllowsClientCredentials,
                                    CheckClientCredentials};

}  // namespace sallyport::oauth2
