// PKCE (RFC 7636), only with the method S256. "plain", which is the default if no method is named,
// does not protect from somebody who can read the request.
#include "base/encoding.h"
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckPkce(const CheckInput& input, AuthorizationRequest& request) {
  constexpr size_t kSha256Text = 43;
  const std::string_view challenge = input.Get("code_challenge");
  const std::string_view method = input.Get("code_challenge_method");
  if (challenge.empty() && method.empty()) return {};
  if (request.type != ResponseType::kCode) return domain::error::kChallengeWithoutCode();
  if (method != "S256") return domain::error::kChallengeMethodNotS256();
  if (challenge.size() != kSha256Text || !base::Base64UrlDecode(challenge)) {
    return domain::error::kChallengeMalformed();
  }
  request.challenge = challenge;
  return {};
}

}  // namespace sallyport::oauth2
