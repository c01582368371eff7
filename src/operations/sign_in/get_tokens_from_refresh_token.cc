// GetTokensFromRefreshToken: gives new access and ID tokens for a refresh token, and the next
// refresh token where the client rotates them.
#include <string>

#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/tokens/issue.h"
#include "operations/operation.h"
#include "operations/sign_in/answer.h"
#include "operations/sign_in/sign_in.h"

namespace sallyport::operations {
namespace {

base::Result<Issued> RunGetTokensFromRefreshToken(
    Call& call, const api::GetTokensFromRefreshTokenInput& input) {
  const auto read_client =
      [&](store::Reader& reader) -> base::Result<std::shared_ptr<const domain::Client>> {
    SALLYPORT_ASSIGN(auto client, domain::GetSharedClient(reader, input.client_id()));
    if (!domain::SecretMatches(call.services.vault, *client, input.client_secret())) {
      return domain::error::kClientSecretWrong(client->id);
    }
    // A client that rotates refresh tokens need not allow the flow.
    if (!client->settings.rotates_refresh_tokens &&
        !client->settings.Allows(domain::AuthFlow::kRefreshToken)) {
      return domain::error::kFlowNotEnabled("REFRESH_TOKEN_AUTH");
    }
    return client;
  };
  SALLYPORT_ASSIGN(domain::Refresh refresh,
                   domain::CheckRefreshToken(call.services, input.client_id(), read_client,
                                             input.refresh_token()));
  if (const auto* metadata = input.client_metadata()) refresh.client_metadata = *metadata;
  SALLYPORT_ASSIGN(const domain::TokenIssuance issued,
                   domain::CompleteRefresh(call.services, refresh, ContextDataOf(call)));
  return Issued{{{"AuthenticationResult", AuthenticationResult(issued.tokens)}}, issued.wait};
}

}  // namespace

const Operation<api::GetTokensFromRefreshTokenInput> kGetTokensFromRefreshToken =
    MakeOperation<RunGetTokensFromRefreshToken>();

}  // namespace sallyport::operations
