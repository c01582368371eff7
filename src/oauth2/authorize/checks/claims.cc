// The claims parameter (OpenID Connect Core section 5.5). In a pool that tells attributes as OpenID
// Connect does (the tag sallyport:claims), it asks for attributes by their names; attributes that a
// user does not have are left out, even if they are asked for as essential (section 5.5.1). In
// every pool it can name the only user about whom there may be an answer (the value of sub).
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {
namespace {

// The attributes of the pool among the members of `asked`, which may be null.
std::string AttributesIn(const domain::Pool& pool, const boost::json::object* asked) {
  std::string names;
  if (asked == nullptr) return names;
  for (const domain::SchemaAttribute& attribute : pool.settings.schema) {
    if (attribute.name == "sub" || !asked->contains(attribute.name)) continue;
    names += (names.empty() ? "" : " ") + attribute.name;
  }
  return names;
}

// A condition that cannot be compared here must not count as met.
base::Status TakeSub(const boost::json::object& asked, AuthorizationRequest& request) {
  const boost::json::value* const value = asked.if_contains("value");
  if (asked.contains("values") || (value != nullptr && !value->is_string())) {
    return domain::error::kClaimsSubUnreadable();
  }
  if (value == nullptr) return {};
  request.hinted_sub = domain::StringMember(asked, "value");
  return request.hinted_sub.empty() ? base::Status(domain::error::kClaimsSubUnreadable())
                                    : base::Status();
}

}  // namespace

base::Status CheckClaims(const CheckInput& input, AuthorizationRequest& request) {
  const std::string_view text = input.Get("claims");
  if (text.empty()) return {};
  boost::system::error_code unreadable;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, unreadable);
  if (unreadable || !parsed.is_object()) return domain::error::kClaimsUnreadable();
  const boost::json::object* const id_token = domain::ObjectMember(parsed.get_object(), "id_token");
  const boost::json::object* const sub =
      id_token != nullptr ? domain::ObjectMember(*id_token, "sub") : nullptr;
  if (sub != nullptr) SALLYPORT_TRY(TakeSub(*sub, request));
  if (!request.pool->settings.claims_as_openid) return {};
  request.id_token_claims = AttributesIn(*request.pool, id_token);
  request.user_info_claims =
      AttributesIn(*request.pool, domain::ObjectMember(parsed.get_object(), "userinfo"));
  return {};
}

}  // namespace sallyport::oauth2
