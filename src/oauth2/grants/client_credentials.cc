// RFC 6749 section 4.4: a client's token for itself. No refresh token and no ID token comes of it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "domain/client_token.h"
#include "oauth2/grants/grant.h"

namespace sallyport::oauth2 {

namespace {

bool Allows(const domain::Client& client) {
  const auto& flows = client.allowed_oauth_flows;
  // A client without a secret proves nothing.
  return !client.secrets.empty() &&
         std::find(flows.begin(), flows.end(), "client_credentials") != flows.end();
}

// RFC 6749 section 3.3: divided by spaces.
std::vector<std::string> SplitScope(std::string_view scope) {
  std::vector<std::string> words;
  while (!scope.empty()) {
    const size_t end = std::min(scope.find(' '), scope.size());
    if (end > 0) words.emplace_back(scope.substr(0, end));
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return words;
}

base::Result<domain::IssuedTokens> Sign(const domain::Services& services,
                                        const domain::ClientToken& token) {
  domain::IssuedTokens tokens;
  SALLYPORT_ASSIGN(tokens.access_token, domain::IssueClientToken(services, token));
  tokens.expires_in = token.client->access_token_seconds;
  return tokens;
}

base::Result<Issue> Check(const GrantRequest& request, store::Reader& reader) {
  auto token =
      domain::PrepareClientToken(reader, request.client, SplitScope(request.form.Get("scope")));
  if (!token) {
    base::Error error = std::move(token).error();
    if (error.code == "InvalidParameterException") error.code = "invalid_scope";
    if (error.code == "ResourceNotFoundException") return base::InternalError(error.cause);
    return error;
  }
  return Issue([&services = request.services, prepared = std::move(*token)](uint64_t*) {
    return Sign(services, prepared);
  });
}

}  // namespace

const Grant kClientCredentialsGrant{
    "client_credentials", {}, domain::Category::kClientAuthentication, Allows, Check};

}  // namespace sallyport::oauth2
