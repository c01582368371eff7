// What OpenID Connect has an error for where a server cannot do it (OpenID Connect Core sections
// 3.1.2.6, 6 and 7.2.1).
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckNotBuilt(const CheckInput& input, AuthorizationRequest&) {
  if (!input.Get("request").empty()) return domain::error::kRequestNotSupported();
  if (!input.Get("request_uri").empty()) return domain::error::kRequestUriNotSupported();
  if (!input.Get("registration").empty()) return domain::error::kRegistrationNotSupported();
  return {};
}

}  // namespace sallyport::oauth2
