// state: a text that the client gets back unchanged, also with an error.
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckState(const CheckInput& input, AuthorizationRequest& request) {
  request.state = input.Get("state");
  return {};
}

}  // namespace sallyport::oauth2
