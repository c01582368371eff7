// AllowedOAuthFlowsUserPoolClient and AllowedOAuthFlows.
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckAllowedFlow(const CheckInput&, AuthorizationRequest& request) {
  const domain::OAuthFlow flow =
      request.type == ResponseType::kCode ? domain::OAuthFlow::kCode : domain::OAuthFlow::kImplicit;
  if (!request.client->settings.Allows(flow)) return domain::error::kResponseTypeNotAllowed();
  return {};
}

}  // namespace sallyport::oauth2
