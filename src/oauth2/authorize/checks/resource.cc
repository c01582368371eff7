// RFC 8707 as Cognito has it: the audience of the access token, an absolute URI without a fragment
// that begins with https://, http://localhost or an app's own scheme.
#include <algorithm>
#include <string_view>

#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {
namespace {

bool IsScheme(std::string_view text) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
         });
}

bool IsResource(std::string_view text) {
  constexpr size_t kMostBytes = 1024;
  constexpr std::string_view kLocal = "http://localhost";
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || text.size() > kMostBytes ||
      !IsScheme(text.substr(0, colon)))
    return false;
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return c <= ' ' || c > '~' || c == '#' || c == '"' || c == '\\'; }))
    return false;
  if (text.size() == colon + 3) return false;
  if (text.substr(0, colon) != "http") return true;
  const std::string_view rest = text.substr(std::min(kLocal.size(), text.size()));
  return text.starts_with(kLocal) && (rest.empty() || rest.front() == '/' || rest.front() == ':');
}

}  // namespace

base::Status CheckResource(const CheckInput& input, AuthorizationRequest& request) {
  request.resource = input.Get("resource");
  if (!request.resource.empty() && !IsResource(request.resource)) {
    return domain::error::kInvalidTarget();
  }
  return {};
}

}  // namespace sallyport::oauth2
