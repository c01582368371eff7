// The identity provider: SupportedIdentityProviders of the client, and Cognito's parameters
// identity_provider and idp_identifier, which ask for one. The only one is the pool itself, because
// there is no federation.
#include <algorithm>

#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckIdentityProvider(const CheckInput& input, AuthorizationRequest& request) {
  constexpr std::string_view kPoolItself = "COGNITO";
  const auto& supported = request.client->settings.identity_providers;
  if (std::find(supported.begin(), supported.end(), kPoolItself) == supported.end()) {
    return domain::error::kNoIdentityProvider();
  }
  for (const char* parameter : {"identity_provider", "idp_identifier"}) {
    const std::string_view asked = input.Get(parameter);
    if (!asked.empty() && asked != kPoolItself) return domain::error::kOtherIdentityProvider();
  }
  return {};
}

}  // namespace sallyport::oauth2
