#include "domain/token_claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/random.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

void AddLife(json::object& claims, const Issue& issue, int64_t validity) {
  claims["auth_time"] = issue.family.auth_time;
  claims["exp"] = issue.now + validity;
  claims["iat"] = issue.now;
  claims["jti"] = base::RandomUuid();
}

void AddGroups(json::object& claims, const Issue& issue) {
  if (issue.groups.empty()) return;
  json::array names;
  for (const auto& group : issue.groups) names.emplace_back(group->name);
  claims["cognito:groups"] = std::move(names);
}

void AddRoles(json::object& claims, const Issue& issue) {
  const std::vector<std::string_view> roles = RolesOf(issue.groups);
  if (roles.empty()) return;
  claims["cognito:roles"] = json::array(roles.begin(), roles.end());
  const std::string_view preferred = PreferredRole(issue.groups);
  if (!preferred.empty()) claims["cognito:preferred_role"] = preferred;
}

bool MayRead(const Client& client, std::string_view attribute) {
  const auto& readable = client.settings.read_attributes;
  return readable.empty() ||
         std::find(readable.begin(), readable.end(), attribute) != readable.end();
}

// email_verified and phone_number_verified are JSON booleans, address is an object (OpenID Connect
// Core section 5.1), the rest is text.
void AddAttributes(json::object& claims, const Issue& issue) {
  for (const auto& [name, value] : issue.user.attributes) {
    if (!MayRead(issue.client, name)) continue;
    if (name == "email_verified" || name == "phone_number_verified") {
      claims[name] = value == "true";
    } else if (name == "address") {
      claims[name] = json::object{{"formatted", value}};
    } else {
      claims[name] = value;
    }
    if (name == "email" || name == "phone_number") {
      const std::string verified = name + "_verified";
      if (MayRead(issue.client, verified) && !claims.contains(verified)) claims[verified] = false;
    }
  }
}

}  // namespace

std::string AccessClaims(const Issue& issue) {
  json::object claims;
  claims.reserve(16);
  claims["sub"] = issue.user.sub;
  AddGroups(claims, issue);
  claims["iss"] = issue.issuer;
  claims["client_id"] = issue.client.id;
  if (issue.family.carries_origin_jti) claims["origin_jti"] = issue.family.id;
  claims["event_id"] = issue.family.event_id;
  claims["token_use"] = "access";
  claims["scope"] = kApiScope;
  AddLife(claims, issue, issue.client.settings.access_token_seconds);
  claims["username"] = issue.user.username;
  if (issue.changes) ChangeAccessToken(*issue.changes, claims);
  return json::serialize(claims);
}

std::string IdClaims(const Issue& issue) {
  json::object claims;
  claims.reserve(20 + issue.user.attributes.size());
  claims["sub"] = issue.user.sub;
  AddGroups(claims, issue);
  AddRoles(claims, issue);
  claims["iss"] = issue.issuer;
  claims["cognito:username"] = issue.user.username;
  if (issue.family.carries_origin_jti) claims["origin_jti"] = issue.family.id;
  claims["aud"] = issue.client.id;
  claims["event_id"] = issue.family.event_id;
  claims["token_use"] = "id";
  AddLife(claims, issue, issue.client.settings.id_token_seconds);
  AddAttributes(claims, issue);
  if (issue.changes) ChangeIdToken(*issue.changes, claims);
  return json::serialize(claims);
}

}  // namespace sallyport::domain
