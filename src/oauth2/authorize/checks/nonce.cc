// nonce: a text that the ID token repeats (OpenID Connect Core section 3.1.2.1). It binds tokens in
// the browser's URL to their request, so OpenID Connect requires it in such a request. AWS does
// not.
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckNonce(const CheckInput& input, AuthorizationRequest& request) {
  // With a longer one the token could be longer than gates read.
  constexpr size_t kMostBytes = 1024;
  request.nonce = input.Get("nonce");
  if (request.nonce.size() > kMostBytes) return domain::error::kFormParameterTooLong("nonce");
  return {};
}

}  // namespace sallyport::oauth2
