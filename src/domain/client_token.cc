#include "domain/client_token.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/random.h"
#include "domain/issue.h"
#include "domain/key_ring.h"
#include "domain/pool.h"
#include "domain/resource_server.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

base::Error InvalidScope(std::string_view scope) {
  return {"InvalidParameterException", "Invalid scope requested: " + std::string(scope), ""};
}

bool Has(const std::vector<std::string>& scopes, std::string_view wanted) {
  return std::find(scopes.begin(), scopes.end(), wanted) != scopes.end();
}

base::Result<std::string> Granted(store::Reader& reader, const Client& client,
                                  const std::vector<std::string>& requested) {
  const std::vector<std::string>& wanted =
      requested.empty() ? client.allowed_oauth_scopes : requested;
  std::vector<std::string> granted;
  for (const std::string& scope : wanted) {
    if (Has(granted, scope)) continue;
    SALLYPORT_ASSIGN(const bool exists, HasResourceScope(reader, client.pool_id, scope));
    if (exists && Has(client.allowed_oauth_scopes, scope)) {
      granted.push_back(scope);
    } else if (!requested.empty()) {
      return InvalidScope(scope);
    }
  }
  std::string joined;
  for (const std::string& scope : granted) {
    if (!joined.empty()) joined += ' ';
    joined += scope;
  }
  if (joined.empty()) return InvalidScope("the client has none");
  return joined;
}

}  // namespace

base::Result<ClientToken> PrepareClientToken(store::Reader& reader,
                                             const std::shared_ptr<const Client>& client,
                                             const std::vector<std::string>& requested) {
  SALLYPORT_ASSIGN(std::string scope, Granted(reader, *client, requested));
  SALLYPORT_ASSIGN(auto key, KeyRing::Current(reader, client->pool_id));
  return ClientToken{client, std::move(scope), std::move(key)};
}

base::Result<std::string> IssueClientToken(const Services& services, const ClientToken& token) {
  SALLYPORT_TRY(MayIssue(services));
  const Client& client = *token.client;
  const int64_t now = services.clock.WallSeconds();
  json::object claims;
  claims.reserve(10);
  claims["sub"] = client.id;
  claims["token_use"] = "access";
  claims["scope"] = token.scope;
  claims["auth_time"] = now;
  claims["iss"] = IssuerOf(services.settings, client.pool_id);
  claims["exp"] = now + client.access_token_seconds;
  claims["iat"] = now;
  claims["version"] = 2;
  claims["jti"] = base::RandomUuid();
  claims["client_id"] = client.id;
  return token.key->signing.SignJwt(token.key->kid, json::serialize(claims));
}

}  // namespace sallyport::domain
