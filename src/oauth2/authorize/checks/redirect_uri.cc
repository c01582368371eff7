// redirect_uri: must be one of the client's CallbackURLs, byte for byte (RFC 9700 section 2.1).
// Without it the client's DefaultRedirectURI is used.
#include <algorithm>

#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckRedirectUri(const CheckInput& input, AuthorizationRequest& request) {
  const domain::ClientSettings& settings = request.client->settings;
  const std::string_view given = input.Get("redirect_uri");
  request.redirect_given = !given.empty();
  request.redirect_uri = given.empty() ? std::string_view(settings.default_redirect_uri) : given;
  if (request.redirect_uri.empty()) return domain::error::kFormParameterMissing("redirect_uri");
  const auto& allowed = settings.callback_urls;
  if (std::find(allowed.begin(), allowed.end(), request.redirect_uri) == allowed.end()) {
    return domain::error::kRedirectUnknown();
  }
  return {};
}

}  // namespace sallyport::oauth2
