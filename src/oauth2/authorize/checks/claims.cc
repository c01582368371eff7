// The claims parameter (OpenID Connect Core section 5.5). Which claims there are is the scopes'
// matter here, and what is asked beyond them may be left out, essential or not (section 5.5.1). One
// thing it can say is a condition: of whom alone there may be an answer (the value of sub).
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckClaims(const CheckInput& input, AuthorizationRequest& request) {
  const std::string_view text = input.Get("claims");
  if (text.empty()) return {};
  boost::system::error_code unreadable;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, unreadable);
  if (unreadable || !parsed.is_object()) return domain::error::kClaimsUnreadable();
  const boost::json::object* const id_token = domain::ObjectMember(parsed.get_object(), "id_token");
  const boost::json::object* const sub =
      id_token != nullptr ? domain::ObjectMember(*id_token, "sub") : nullptr;
  if (sub != nullptr) request.hinted_sub = domain::StringMember(*sub, "value");
  return {};
}

}  // namespace sallyport::oauth2
