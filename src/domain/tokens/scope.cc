#include "domain/tokens/scope.h"

#include <algorithm>

#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/family.h"
#include "jose/token.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

bool IsProfileAttribute(std::string_view name) {
  // OpenID Connect Core section 5.4; AWS counts custom attributes among them.
  constexpr std::array<std::string_view, 14> kProfile{
      "name",    "family_name", "given_name", "middle_name", "nickname",  "preferred_username",
      "profile", "picture",     "website",    "gender",      "birthdate", "zoneinfo",
      "locale",  "updated_at"};
  return name.starts_with("custom:") ||
         std::find(kProfile.begin(), kProfile.end(), name) != kProfile.end();
}

}  // namespace

bool IsOwnScope(std::string_view scope, bool as_openid) {
  return std::find(kOwnScopes.begin(), kOwnScopes.end(), scope) != kOwnScopes.end() ||
         (as_openid && scope == kAddressScope);
}

bool OpensIdToken(std::string_view scope) {
  return scope.empty() || jose::HasScope(scope, "openid");
}

bool OpensAttribute(std::string_view scope, std::string_view attribute, bool as_openid) {
  const bool profile = jose::HasScope(scope, "profile");
  const bool email = jose::HasScope(scope, "email");
  const bool phone = jose::HasScope(scope, "phone");
  if (!profile && !email && !phone && !as_openid) return true;
  if (attribute == "sub") return true;
  if (attribute == "email" || attribute == "email_verified") return email;
  if (attribute == "phone_number" || attribute == "phone_number_verified") return phone;
  if (attribute == "address") return as_openid && jose::HasScope(scope, kAddressScope);
  return profile && IsProfileAttribute(attribute);
}

bool OpensAttributeInIdToken(std::string_view scope, std::string_view attribute, bool as_openid) {
  if (as_openid && !scope.empty()) return attribute == "sub";
  return OpensAttribute(scope, attribute, /*as_openid=*/false);
}

base::Result<std::string> ScopesLeft(store::Reader& reader, const Pool& pool, const Client& client,
                                     std::string_view granted) {
  const auto& allowed = client.settings.oauth_scopes;
  std::string left;
  for (const std::string& scope : SplitScope(granted)) {
    if (std::find(allowed.begin(), allowed.end(), scope) == allowed.end()) continue;
    if (!IsOwnScope(scope, pool.settings.claims_as_openid)) {
      SALLYPORT_ASSIGN(const bool exists, HasResourceScope(reader, pool.id, scope));
      if (!exists) continue;
    }
    left += (left.empty() ? "" : " ") + scope;
  }
  return left;
}

std::string_view ScopeOf(const TokenFamily& family) {
  return family.scope.empty() ? kApiScope : std::string_view(family.scope);
}

}  // namespace sallyport::domain
