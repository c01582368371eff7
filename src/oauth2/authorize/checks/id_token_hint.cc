// id_token_hint: an ID token that the client was given before. There may be an answer only about
// its user. It may have expired (OpenID Connect Core section 3.1.2.1).
#include "domain/errors.h"
#include "domain/tokens/caller.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckIdTokenHint(const CheckInput& input, AuthorizationRequest& request) {
  const std::string_view hint = input.Get("id_token_hint");
  if (hint.empty()) return {};
  auto token = domain::ReadIdToken(input.services, hint);
  if (!token) return std::move(token).error();
  if (token->pool_id != request.pool->id || token->client_id != request.client->id) {
    return domain::error::kIdTokenHintInvalid.Because("another client's");
  }
  if (!request.hinted_sub.empty() && request.hinted_sub != token->sub) {
    return domain::error::kIdTokenHintInvalid.Because("the claims parameter names another user");
  }
  request.hinted_sub = token->sub;
  return {};
}

}  // namespace sallyport::oauth2
