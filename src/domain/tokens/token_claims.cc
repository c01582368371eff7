#include "domain/tokens/token_claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <span>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/records/digest.h"
#include "domain/tokens/scope.h"
#include "jose/token.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

void AddLife(json::object& claims, const ClaimSources& sources, int64_t validity) {
  claims["auth_time"] = sources.family.auth_time;
  claims["exp"] = sources.now + validity;
  claims["iat"] = sources.now;
  claims["jti"] = base::RandomUuid();
}

void AddGroups(json::object& claims, const ClaimSources& sources) {
  if (sources.groups.empty()) return;
  json::array names;
  for (const auto& group : sources.groups) names.emplace_back(group->name);
  claims["cognito:groups"] = std::move(names);
}

void AddRoles(json::object& claims, const ClaimSources& sources) {
  const std::vector<std::string_view> roles = RolesOf(sources.groups);
  if (roles.empty()) return;
  claims["cognito:roles"] = json::array(roles.begin(), roles.end());
  const std::string_view preferred = PreferredRole(sources.groups);
  if (!preferred.empty()) claims["cognito:preferred_role"] = preferred;
}

bool MayRead(const Client& client, std::string_view attribute) {
  const auto& readable = client.settings.read_attributes;
  return readable.empty() ||
         std::find(readable.begin(), readable.end(), attribute) != readable.end();
}

// The left half of the hash that RS256 has (OpenID Connect Core section 3.1.3.6).
std::string HashClaim(std::string_view token) {
  const Sha256Digest hash = Sha256Of(token);
  return base::Base64UrlEncode(std::span(hash).first(hash.size() / 2));
}

void AddAttributes(json::object& claims, const ClaimSources& sources) {
  const bool as_openid = sources.pool.settings.claims_as_openid;
  for (const auto& [name, value] : sources.user.attributes) {
    const bool opened = OpensAttributeInIdToken(sources.family.scope, name, as_openid) ||
                        jose::HasScope(sources.family.id_token_claims, name);
    if (!MayRead(sources.client, name) || !opened) continue;
    claims[name] = AttributeClaim(name, value);
    if (name == "email" || name == "phone_number") {
      const std::string verified = name + "_verified";
      if (MayRead(sources.client, verified) && !claims.contains(verified)) claims[verified] = false;
    }
  }
}

}  // namespace

json::value AttributeClaim(std::string_view name, std::string_view value) {
  if (name == "email_verified" || name == "phone_number_verified") return value == "true";
  if (name == "address") return json::object{{"formatted", value}};
  return json::value(value);
}

std::string AccessClaims(const ClaimSources& sources) {
  json::object claims;
  claims.reserve(16);
  claims["sub"] = sources.user.sub;
  AddGroups(claims, sources);
  claims["iss"] = sources.issuer;
  claims["client_id"] = sources.client.id;
  if (sources.family.carries_origin_jti) claims["origin_jti"] = sources.family.id;
  claims["event_id"] = sources.family.event_id;
  claims["token_use"] = "access";
  claims["scope"] = ScopeOf(sources.family);
  if (!sources.family.resource.empty()) claims["aud"] = sources.family.resource;
  // As AWS's tokens of OAuth say.
  if (!sources.family.scope.empty()) claims["version"] = 2;
  AddLife(claims, sources, sources.client.settings.access_token_seconds);
  claims["username"] = sources.user.username;
  if (sources.changes) ChangeAccessToken(*sources.changes, claims);
  return json::serialize(claims);
}

std::string IdClaims(const ClaimSources& sources, std::string_view access_token) {
  json::object claims;
  claims.reserve(24 + sources.user.attributes.size());
  claims["sub"] = sources.user.sub;
  AddGroups(claims, sources);
  AddRoles(claims, sources);
  claims["iss"] = sources.issuer;
  claims["cognito:username"] = sources.user.username;
  if (sources.family.carries_origin_jti) claims["origin_jti"] = sources.family.id;
  claims["aud"] = sources.client.id;
  claims["event_id"] = sources.family.event_id;
  claims["token_use"] = "id";
  if (!sources.family.scope.empty()) claims["at_hash"] = HashClaim(access_token);
  if (!sources.nonce.empty()) claims["nonce"] = sources.nonce;
  if (sources.pool.settings.claims_as_openid && !sources.family.scope.empty()) {
    const std::string_view acr = AcrOf(sources.family);
    if (!acr.empty()) claims["acr"] = acr;
  }
  AddLife(claims, sources, sources.client.settings.id_token_seconds);
  AddAttributes(claims, sources);
  if (sources.changes) ChangeIdToken(*sources.changes, claims);
  // Logout tokens name the session by it, so no function may give it another value. Other clients'
  // functions may have a claim of this name.
  if (!sources.client.settings.back_channel_uri().empty()) claims["sid"] = sources.family.id;
  return json::serialize(claims);
}

}  // namespace sallyport::domain
