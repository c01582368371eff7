// response_type: "code", or Cognito's "token".
#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckResponseType(const CheckInput& input, AuthorizationRequest& request) {
  const std::string_view type = input.Get("response_type");
  if (type.empty()) return domain::error::kFormParameterMissing("response_type");
  if (type == "token") {
    request.type = ResponseType::kToken;
    return {};
  }
  if (type != "code") return domain::error::kUnsupportedResponseType();
  return {};
}

}  // namespace sallyport::oauth2
