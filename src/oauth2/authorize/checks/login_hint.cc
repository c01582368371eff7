// login_hint: the name that is filled into the sign-in form.
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckLoginHint(const CheckInput& input, AuthorizationRequest& request) {
  constexpr size_t kMostBytes = 2048;
  request.login_hint = input.Get("login_hint");
  if (request.login_hint.size() > kMostBytes) {
    return domain::error::kFormParameterTooLong("login_hint");
  }
  return {};
}

}  // namespace sallyport::oauth2
