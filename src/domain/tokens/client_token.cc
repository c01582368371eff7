#include "domain/tokens/client_token.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "base/random.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/issue.h"
#include "domain/tokens/time_to_issue.h"
#include "domain/tokens/token_customisation.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

bool HasScope(const std::vector<std::string>& scopes, std::string_view wanted) {
  return std::find(scopes.begin(), scopes.end(), wanted) != scopes.end();
}

base::Result<std::string> Granted(store::Reader& reader, const Client& client,
                                  const std::vector<std::string>& requested) {
  const std::vector<std::string>& wanted =
      requested.empty() ? client.settings.oauth_scopes : requested;
  std::vector<std::string> granted;
  for (const std::string& scope : wanted) {
    if (HasScope(granted, scope)) continue;
    SALLYPORT_ASSIGN(const bool exists, HasResourceScope(reader, client.pool_id, scope));
    if (exists && HasScope(client.settings.oauth_scopes, scope)) {
      granted.push_back(scope);
    } else if (!requested.empty()) {
      return error::kScopeNotAllowed(scope);
    }
  }
  std::string joined;
  for (const std::string& scope : granted) {
    if (!joined.empty()) joined += ' ';
    joined += scope;
  }
  if (joined.empty()) return error::kScopeNotAllowed("the app client has no scopes");
  return joined;
}

json::object ClaimsOf(const Services& services, const ClientToken& token, int64_t now) {
  const Client& client = *token.client;
  json::object claims;
  claims.reserve(10);
  claims["sub"] = client.id;
  claims["token_use"] = "access";
  claims["scope"] = token.scope;
  claims["auth_time"] = now;
  claims["iss"] = IssuerOf(services.settings, client.pool_id);
  claims["exp"] = now + client.settings.access_token_seconds;
  claims["iat"] = now;
  claims["version"] = 2;
  claims["jti"] = base::RandomUuid();
  claims["client_id"] = client.id;
  return claims;
}

base::Result<std::string> Sign(const Services& services, const TokenKey& key,
                               const json::object& claims) {
  SALLYPORT_TRY(services.keys.CheckLive(key, IssuerOf(services.settings, key.pool_id)));
  return key.signing.SignJwt(key.kid, json::serialize(claims));
}

// Reads the clock, and only then the client again.
base::Result<json::object> ClaimsNow(const Services& services, const ClientToken& token) {
  SALLYPORT_ASSIGN(const int64_t now_millis, TimeToIssue(services));
  SALLYPORT_ASSIGN(const auto client, GetClient(services, token.client->id));
  return ClaimsOf(services, token, now_millis / 1000);
}

// The function may have taken seconds, so the key is read again.
base::Result<std::string> SignChanged(const Services& services, const ClientToken& token,
                                      const TokenChanges& changes) {
  SALLYPORT_ASSIGN(json::object claims, ClaimsNow(services, token));
  ChangeAccessToken(changes, claims);
  SALLYPORT_ASSIGN(const auto key, services.keys.Current(token.client->pool_id));
  SALLYPORT_ASSIGN(std::string text, Sign(services, *key, claims));
  SALLYPORT_TRY(CheckReadable(*key, text));
  return text;
}

}  // namespace

base::Result<ClientToken> PrepareClientToken(const Services& services, store::Reader& reader,
                                             const base::Result<int64_t>& now,
                                             const std::shared_ptr<const Client>& client,
                                             const std::vector<std::string>& requested) {
  SALLYPORT_ASSIGN(std::string scope, Granted(reader, *client, requested));
  SALLYPORT_ASSIGN(auto pool, GetSharedPool(reader, client->pool_id));
  SALLYPORT_ASSIGN(auto key, services.keys.Current(reader, client->pool_id));
  if (!now) return now.error();
  return ClientToken{std::move(pool), client, std::move(scope), std::move(key), *now};
}

store::Expecting ExpectClientToken(const Services& services, std::string_view client_id,
                                   const std::vector<std::string>& requested) {
  store::ReadAhead* const ahead = services.store.read_ahead();
  if (ahead == nullptr) return {};
  store::Reads reads{.keys = {ClientKey(client_id)}};
  if (const auto client = RememberedClient(client_id)) {
    reads.keys.push_back(PoolKey(client->pool_id));
    reads.firsts.push_back(FirstKeyOf(client->pool_id));
    for (const std::string& scope : requested.empty() ? client->settings.oauth_scopes : requested) {
      const auto key = ResourceServerKeyOfScope(client->pool_id, scope);
      if (key) reads.keys.push_back(*key);
    }
  }
  return {ahead, std::move(reads)};
}

base::Result<std::string> IssueClientToken(const Services& services, const ClientToken& token,
                                           std::string_view user_agent) {
  SALLYPORT_TRY(MayIssue(services));
  SALLYPORT_ASSIGN(const std::optional<TokenChanges> changes,
                   AskTokenChanges(services, {*token.pool,
                                              *token.client,
                                              "TokenGeneration_ClientCredentials",
                                              nullptr,
                                              {},
                                              token.scope,
                                              token.client_metadata,
                                              user_agent}));
  if (changes) return SignChanged(services, token, *changes);
  return Sign(services, *token.key, ClaimsOf(services, token, token.now_millis / 1000));
}

}  // namespace sallyport::domain
