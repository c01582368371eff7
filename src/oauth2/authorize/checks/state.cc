// What the client gets back as it gave it, with an error, too.
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckState(const CheckInput& input, AuthorizationRequest& request) {
  request.state = input.Get("state");
  return {};
}

}  // namespace sallyport::oauth2
