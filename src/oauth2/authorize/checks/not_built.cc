// Parameters that this server does not support, each with the error that OpenID Connect has for
// that (OpenID Connect Core sections 3.1.2.6, 6 and 7.2.1).
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/encoding.h"
#include "domain/errors.h"
#include "domain/records/json.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {
namespace {

// A client that puts its parameters into a request object has its state and its response mode
// there. They are used to send the refusal, to the redirect URI that was given and checked outside
// of the object. Nothing else in the object is read, because its signature is not checked.
void ReadHowToRefuse(std::string_view object, AuthorizationRequest& request) {
  const size_t begin = object.find('.') + 1;
  const size_t end = object.find('.', begin);
  if (begin == 0 || end == std::string_view::npos) return;
  const auto payload = base::Base64UrlDecode(object.substr(begin, end - begin));
  if (!payload) return;
  boost::system::error_code unreadable;
  const boost::json::value parsed = boost::json::parse(
      {reinterpret_cast<const char*>(payload->data()), payload->size()}, unreadable);
  if (unreadable || !parsed.is_object()) return;
  const std::string_view state = domain::StringMember(parsed.get_object(), "state");
  if (request.state.empty()) request.state = state;
  const std::string_view mode = domain::StringMember(parsed.get_object(), "response_mode");
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
