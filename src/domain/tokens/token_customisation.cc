#include "domain/tokens/token_customisation.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <span>
#include <utility>

#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/resource_server.h"
#include "domain/records/record.h"
#include "hook_model/answers.h"
#include "jose/token.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr int kVersionOfClientTokens = 3;

// "Excluded claims" in AWS's guide: first those of both tokens, then those of each. AWS excludes
// event_id only in access tokens; here it also identifies ID tokens without origin_jti for
// revocation, so it is excluded in both.
constexpr std::array<std::string_view, 15> kKeptInBoth{
    "acr", "amr", "at_hash", "auth_time", "azp",        "event_id", "exp",      "iat",
    "iss", "jti", "nbf",     "nonce",     "origin_jti", "sub",      "token_use"};
constexpr std::array<std::string_view, 3> kKeptInId{"aud", "cognito:username", "identities"};
constexpr std::array<std::string_view, 5> kKeptInAccess{"client_id", "device_key", "scope",
                                                        "username", "version"};

bool Has(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// ---- The event.

json::object GroupConfiguration(const Groups& groups) {
  json::array names;
  for (const auto& group : groups) names.emplace_back(group->name);
  const std::vector<std::string_view> roles = RolesOf(groups);
  const std::string_view preferred = PreferredRole(groups);
  return {{"groupsToOverride", std::move(names)},
          {"iamRolesToOverride", json::array(roles.begin(), roles.end())},
          {"preferredRole", preferred.empty() ? json::value() : json::value(preferred)}};
}

HookCall CallOf(const TokenEvent& event, int version) {
  HookCall call{.trigger = Trigger::kPreTokenGeneration,
                .source = event.source,
                .username = event.user != nullptr ? event.user->username : event.client.id,
                .client_id = event.client.id,
                .user_agent = event.user_agent};
  call.request["userAttributes"] =
      event.user != nullptr ? HookAttributes(*event.user) : json::object();
  call.request["groupConfiguration"] = GroupConfiguration(event.groups);
  if (version > 1) {
    json::array scopes;
    for (const std::string& scope : SplitScope(event.scope)) scopes.emplace_back(scope);
    call.request["scopes"] = std::move(scopes);
  }
  if (!event.client_metadata.empty()) call.request["clientMetadata"] = event.client_metadata;
  call.response[version > 1 ? "claimsAndScopeOverrideDetails" : "claimsOverrideDetails"] = nullptr;
  return call;
}

// ---- The answer. A member that is null is treated as absent.

base::Error WrongType(std::string_view member) {
  return error::kHookAnswerUnrecognized.Because(std::string(member) + " has the wrong type");
}

// nullptr where the member is absent or null.
base::Result<const json::object*> ObjectOf(const HookMember& member) {
  if (member.value == nullptr) return static_cast<const json::object*>(nullptr);
  if (!member.value->is_object()) return WrongType(member.name);
  return &member.value->get_object();
}

base::Result<std::vector<std::string>> TextsOf(const HookMember& member) {
  std::vector<std::string> texts;
  if (member.value == nullptr) return texts;
  if (!member.value->is_array()) return WrongType(member.name);
  for (const json::value& text : member.value->get_array()) {
    if (!text.is_string()) return WrongType(member.name);
    texts.emplace_back(text.get_string());
  }
  return texts;
}

base::Result<json::array> ArrayOfTexts(const HookMember& member) {
  SALLYPORT_ASSIGN(const std::vector<std::string> texts, TextsOf(member));
  return json::array(texts.begin(), texts.end());
}

// V1_0 allows strings only.
base::Result<TokenChanges::Claims> ClaimsOf(const TokenClaimsAnswer& answer, int version) {
  TokenChanges::Claims claims;
  SALLYPORT_ASSIGN(const json::object* add, ObjectOf(answer.claims_to_add_or_override()));
  if (add != nullptr) {
    for (const auto& [name, value] : *add) {
      if (value.is_null()) continue;
      if (version == 1 && !value.is_string()) return WrongType(name);
      claims.add[name] = value;
    }
  }
  SALLYPORT_ASSIGN(claims.suppress, TextsOf(answer.claims_to_suppress()));
  return claims;
}

// RFC 6749, section 3.3: scope-token. A text with a space would be several scopes.
bool IsScope(std::string_view scope) {
  return !scope.empty() && std::all_of(scope.begin(), scope.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\';
  });
}

base::Status ReadScopes(const TokenClaimsAnswer& answer, TokenChanges& changes) {
  SALLYPORT_ASSIGN(changes.scopes_to_add, TextsOf(answer.scopes_to_add()));
  SALLYPORT_ASSIGN(changes.scopes_to_suppress, TextsOf(answer.scopes_to_suppress()));
  for (const std::string& scope : changes.scopes_to_add) {
    if (!IsScope(scope))
      return error::kHookAnswerUnrecognized.Because(
          "scopesToAdd has an element that is not a scope");
  }
  return {};
}

// "If you provide an empty or null object, Amazon Cognito suppresses the groups." If it is absent,
// they stay.
base::Status ReadGroups(const HookMember& member, TokenChanges& changes) {
  if (member.value == nullptr && !member.is_null) return {};
  TokenChanges::GroupClaims claims;
  SALLYPORT_ASSIGN(const json::object* given, ObjectOf(member));
  if (given != nullptr) {
    const TokenGroupsAnswer answer(*given);
    SALLYPORT_ASSIGN(claims.groups, ArrayOfTexts(answer.groups_to_override()));
    SALLYPORT_ASSIGN(claims.roles, ArrayOfTexts(answer.iam_roles_to_override()));
    const HookMember preferred = answer.preferred_role();
    if (preferred.value != nullptr && !preferred.value->is_string()) {
      return WrongType(preferred.name);
    }
    claims.preferred_role = HookText(preferred);
  }
  changes.groups = std::move(claims);
  return {};
}

// ---- The tokens.

// Claims that are read from the token, or from those that are added.
constexpr std::string_view kScope = "scope";
struct TokenScope {
  std::optional<std::string> scope;
};
constexpr auto kTokenScope = RecordOf<TokenScope>(Member(kScope, &TokenScope::scope));
struct TokenClient {
  json::value id;
};
constexpr auto kTokenClient = RecordOf<TokenClient>(Member("client_id", &TokenClient::id));
constexpr std::string_view kAudience = "aud";
struct AddedAudience {
  std::optional<json::value> audience;
};
constexpr auto kAddedAudience =
    RecordOf<AddedAudience>(Member(kAudience, &AddedAudience::audience));

void SetOrErase(json::object& claims, std::string_view name, json::value value, bool empty) {
  claims.erase(name);
  if (!empty) claims[name] = std::move(value);
}

// Whether only Cognito may set a claim of this name. It may be suppressed.
bool IsReserved(std::string_view name) {
  return name.starts_with("cognito:") || name.starts_with("dev:");
}

void ChangeClaims(const TokenChanges::Claims& changes, std::span<const std::string_view> kept,
                  json::object& claims) {
  for (const auto& [name, value] : changes.add) {
    if (Has(kKeptInBoth, name) || Has(kept, name) || IsReserved(name)) continue;
    claims[name] = value;
  }
  for (const std::string& name : changes.suppress) {
    if (!Has(kKeptInBoth, name) && !Has(kept, name)) claims.erase(name);
  }
}

void ChangeScope(const TokenChanges& changes, json::object& claims) {
  const std::optional<std::string> present = kTokenScope.Read(claims).scope;
  std::vector<std::string> scopes;
  if (present) scopes = SplitScope(*present);
  for (const std::string& scope : changes.scopes_to_add) {
    if (!scope.starts_with("aws.cognito") && !Has(scopes, scope)) scopes.push_back(scope);
  }
  std::string joined;
  for (const std::string& scope : scopes) {
    if (Has(changes.scopes_to_suppress, scope)) continue;
    if (!joined.empty()) joined += ' ';
    joined += scope;
  }
  if (present || !joined.empty()) claims[kScope] = joined;
}

}  // namespace

base::Result<TokenChanges> ReadTokenChanges(const json::object& response, int version) {
  TokenChanges changes;
  const PreTokenGenerationAnswer answer(response);
  SALLYPORT_ASSIGN(const json::object* given,
                   ObjectOf(version > 1 ? answer.claims_and_scope_override_details()
                                        : answer.claims_override_details()));
  if (given == nullptr) return changes;
  const TokenDetailsAnswer details(*given);
  SALLYPORT_TRY(ReadGroups(details.group_override_details(), changes));
  if (version == 1) {
    // In this version the claims are directly in the details.
    SALLYPORT_ASSIGN(changes.id, ClaimsOf(TokenClaimsAnswer(*given), version));
    return changes;
  }
  SALLYPORT_ASSIGN(const json::object* id, ObjectOf(details.id_token_generation()));
  if (id != nullptr) {
    SALLYPORT_ASSIGN(changes.id, ClaimsOf(TokenClaimsAnswer(*id), version));
  }
  SALLYPORT_ASSIGN(const json::object* access, ObjectOf(details.access_token_generation()));
  if (access == nullptr) return changes;
  SALLYPORT_ASSIGN(changes.access, ClaimsOf(TokenClaimsAnswer(*access), version));
  SALLYPORT_TRY(ReadScopes(TokenClaimsAnswer(*access), changes));
  return changes;
}

base::Result<std::optional<TokenChanges>> AskTokenChanges(const Services& services,
                                                          const TokenEvent& event) {
  const HookFunction& function = HookFunctionOf(event.pool, Trigger::kPreTokenGeneration);
  if (!function || (event.user == nullptr && function.version < kVersionOfClientTokens)) {
    return std::optional<TokenChanges>();
  }
  SALLYPORT_ASSIGN(const json::object response,
                   CallHook(services, event.pool, CallOf(event, function.version)));
  SALLYPORT_ASSIGN(TokenChanges changes, ReadTokenChanges(response, function.version));
  return std::optional<TokenChanges>(std::move(changes));
}

void ChangeIdToken(const TokenChanges& changes, json::object& claims) {
  if (changes.groups) {
    const TokenChanges::GroupClaims& groups = *changes.groups;
    SetOrErase(claims, "cognito:groups", groups.groups, groups.groups.empty());
    SetOrErase(claims, "cognito:roles", groups.roles, groups.roles.empty());
    SetOrErase(claims, "cognito:preferred_role", json::value(groups.preferred_role),
               groups.preferred_role.empty());
  }
  ChangeClaims(changes.id, kKeptInId, claims);
}

void ChangeAccessToken(const TokenChanges& changes, json::object& claims) {
  if (changes.groups) {
    SetOrErase(claims, "cognito:groups", changes.groups->groups, changes.groups->groups.empty());
  }
  // An audience may be added, but it must be the client.
  TokenChanges::Claims fitting = changes.access;
  const std::optional<json::value> audience = kAddedAudience.Read(fitting.add).audience;
  if (audience && *audience != kTokenClient.Read(claims).id) fitting.add.erase(kAudience);
  ChangeClaims(fitting, kKeptInAccess, claims);
  ChangeScope(changes, claims);
}

base::Status CheckReadable(const TokenKey& key, std::string_view token) {
  auto parsed = jose::UnverifiedToken::Parse(token);
  if (!parsed)
    return error::kHookAnswerUnrecognized.Because("the resulting token: " + parsed.error().cause);
  const auto verified = jose::VerifiedToken::Verify(std::move(*parsed), key.signing.ToPublic());
  if (!verified)
    return error::kHookAnswerUnrecognized.Because("the resulting token: " + verified.error().cause);
  return {};
}

}  // namespace sallyport::domain
