// What the ID token repeats (OpenID Connect Core section 3.1.2.1). With tokens in the browser's URL
// it is what binds them to the request, and OpenID Connect requires it of such a request; AWS does
// not.
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckNonce(const CheckInput& input, AuthorizationRequest& request) {
  // A token with more is more than gates read.
  constexpr size_t kMostBytes = 1024;
  request.nonce = input.Get("nonce");
  if (request.nonce.size() > kMostBytes) return domain::error::kFormParameterTooLong("nonce");
  return {};
}

}  // namespace sallyport::oauth2
