#include "domain/tokens/token_claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/random.h"

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

// email_verified and phone_number_verified are JSON booleans, address is an object (OpenID Connect
// Core, section 5.1), and all others are strings.
void AddAttributes(json::object& claims, const ClaimSources& sources) {
  for (const auto& [name, value] : sources.user.attributes) {
    if (!MayRead(sources.client, name)) continue;
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
  claims["scope"] = kApiScope;
  AddLife(claims, sources, sources.client.settings.access_token_seconds);
  claims["username"] = sources.user.username;
  if (sources.changes) ChangeAccessToken(*sources.changes, claims);
  return json::serialize(claims);
}

std::string IdClaims(const ClaimSources& sources) {
  json::object claims;
  claims.reserve(20 + sources.user.attributes.size());
  claims["sub"] = sources.user.sub;
  AddGroups(claims, sources);
  AddRoles(claims, sources);
  claims["iss"] = sources.issuer;
  claims["cognito:username"] = sources.user.username;
  if (sources.family.carries_origin_jti) claims["origin_jti"] = sources.family.id;
  claims["aud"] = sources.client.id;
  claims["event_id"] = sources.family.event_id;
  claims["token_use"] = "id";
  AddLife(claims, sources, sources.client.settings.id_token_seconds);
  AddAttributes(claims, sources);
  if (sources.changes) ChangeIdToken(*sources.changes, claims);
  return json::serialize(claims);
}

}  // namespace sallyport::domain
