// Parameters that this server does not support, each with the error that OpenID Connect has for
// that (OpenID Connect Core sections 3.1.2.6, 6 and 7.2.1).
#include <boost/json/object.hpp>
#include <string>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "oauth2/authorize/checks.h"
#include "oauth2/unverified.h"

namespace sallyport::oauth2 {
namespace {

// A client that puts its parameters into a request object has its state and its response mode
// there. They are used to send the refusal, to the redirect URI that was given and checked outside
// of the object. Nothing else in the object is read, because its signature is not checked.
void ReadHowToRefuse(std::string_view object, AuthorizationRequest& request) {
  const boost::json::object payload = UnverifiedPayload(object);
  const std::string_view state = domain::StringMember(payload, "state");
  if (request.state.empty()) request.state = state;
  const std::string_view mode = domain::StringMember(payload, "response_mode");
  if (mode == "fragment") request.mode = ResponseMode::kFragment;
  if (mode == "form_post" && request.redirect_uri.starts_with("http")) {
    request.mode = ResponseMode::kFormPost;
  }
}

}  // namespace

base::Status CheckNotBuilt(const CheckInput& input, AuthorizationRequest& request) {
  if (!input.Get("request").empty()) {
    ReadHowToRefuse(input.Get("request"), request);
    return domain::error::kRequestNotSupported();
  }
  if (!input.Get("request_uri").empty()) return domain::error::kRequestUriNotSupported();
  if (!input.Get("registration").empty()) return domain::error::kRegistrationNotSupported();
  return {};
}

}  // namespace sallyport::oauth2
