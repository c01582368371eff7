#include "domain/tokens/token_claims.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <span>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/tokens/scope.h"

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
  std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const uint8_t*>(token.data()), token.size(), hash.data());
  return base::Base64UrlEncode(std::span(hash).first(hash.size() / 2));
}

// email_verified and phone_number_verified are JSON booleans, address is an object (OpenID Connect
// Core, section 5.1), and all others are strings.
void AddAttributes(json::object& claims, const ClaimSources& sources) {
  for (const auto& [name, value] : sources.user.attributes) {
    if (!MayRead(sources.client, name) || !OpensAttribute(sources.family.scope, name)) continue;
    if (name == "email_verified" || name == "phone_number_verified") {
      claims[name] = value == "true";
    } else if (name == "address") {
      claims[name] = json::object{{"formatted", value}};
    } else {
      claims[name] = value;
    }
    if (name == "email" || name == "phone_number") {
      const std::string verified = name + "_verified";
      if (MayRead(sources.client, verified) && !claims.contains(verified)) claims[verified] = false;
    }
  }
}

}  // namespace

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
  AddLife(claims, sources, sources.client.settings.id_token_seconds);
  AddAttributes(claims, sources);
  if (sources.changes) ChangeIdToken(*sources.changes, claims);
  return json::serialize(claims);
}

}  // namespace sallyport::domain
