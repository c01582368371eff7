// GetTokensFromRefreshToken: new tokens, and the next refresh token where the client rotates them.
#include <string>

#include "domain/client.h"
#include "domain/errors.h"
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
    return domain::error::kClientSecretWrong(client->id);
  }
  // A client that rotates may not list the flow.
  if (!client->rotates_refresh_tokens && !client->AllowsFlow("ALLOW_REFRESH_TOKEN_AUTH")) {
    return domain::error::kFlowNotEnabled("REFRESH_TOKEN_AUTH");
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
