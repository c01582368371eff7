// GetTokensFromRefreshToken: new tokens, and the next refresh token where the client rotates them.
#include <string>

#include "domain/client.h"
#include "domain/issue.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/sign_up_hooks.h"
#include "operations/sign_in/answer.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunGetTokensFromRefreshToken(Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto client,
                   domain::GetClient(call.services, domain::StringMember(input, "ClientId")));
  if (!domain::SecretMatches(call.services.vault, *client,
                             domain::StringMember(input, "ClientSecret"))) {
    return base::Error{"NotAuthorizedException", "Unable to verify secret for client " + client->id,
                       ""};
  }
  // A client that rotates may not list the flow.
  if (!client->settings.rotates_refresh_tokens &&
      !client->settings.Allows(domain::AuthFlow::kRefreshToken)) {
    return base::Error{"InvalidParameterException",
                       "REFRESH_TOKEN_AUTH flow not enabled for this client", ""};
  }
  SALLYPORT_ASSIGN(domain::Refresh refresh,
                   domain::CheckRefreshToken(call.services, client,
                                             domain::StringMember(input, "RefreshToken")));
  refresh.client_metadata = ClientMetadataOf(input);
  SALLYPORT_ASSIGN(const domain::Issued issued,
                   domain::CompleteRefresh(call.services, refresh, PeerOf(call)));
  return Issued{{{"AuthenticationResult", AuthenticationResult(issued.tokens)}}, issued.wait};
}

}  // namespace

const Operation kGetTokensFromRefreshToken{.run = RunGetTokensFromRefreshToken};

}  // namespace sallyport::operations
