// response_mode: how the answer goes to the client ("OAuth 2.0 Multiple Response Type Encoding
// Practices", "OAuth 2.0 Form Post Response Mode"). It holds for every error, too. Tokens are never
// put into a query.
#include <algorithm>
#include <string>

#include "domain/errors.h"
#include "domain/pools/resource_server.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckResponseMode(const CheckInput& input, AuthorizationRequest& request) {
  // This also applies to response types that do not exist here ("code id_token"), so that the error
  // goes where the client expects the answer.
  const auto types = domain::SplitScope(input.Get("response_type"));
  const bool tokens = std::any_of(types.begin(), types.end(), [](const std::string& type) {
    return type == "token" || type == "id_token";
  });
  request.mode = tokens ? ResponseMode::kFragment : ResponseMode::kQuery;
  const std::string_view mode = input.Get("response_mode");
  if (mode.empty() || (mode == "query" && !tokens)) return {};
  if (mode == "fragment") {
    request.mode = ResponseMode::kFragment;
  } else if (mode == "form_post" && request.redirect_uri.starts_with("http")) {
    request.mode = ResponseMode::kFormPost;
  } else {
    return domain::error::kResponseModeNotPossible();
  }
  return {};
}

}  // namespace sallyport::oauth2
