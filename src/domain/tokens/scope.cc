#include "domain/tokens/scope.h"

#include <algorithm>

#include "domain/tokens/family.h"
#include "jose/token.h"

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

bool OpensIdToken(std::string_view scope) {
  return scope.empty() || jose::HasScope(scope, "openid");
}

bool OpensAttribute(std::string_view scope, std::string_view attribute) {
  const bool profile = jose::HasScope(scope, "profile");
  const bool email = jose::HasScope(scope, "email");
  const bool phone = jose::HasScope(scope, "phone");
  if (!profile && !email && !phone) return true;
  if (attribute == "sub") return true;
  if (attribute == "email" || attribute == "email_verified") return email;
  if (attribute == "phone_number" || attribute == "phone_number_verified") return phone;
  return profile && IsProfileAttribute(attribute);
}

std::string_view ScopeOf(const TokenFamily& family) {
  return family.scope.empty() ? kApiScope : std::string_view(family.scope);
}

}  // namespace sallyport::domain
