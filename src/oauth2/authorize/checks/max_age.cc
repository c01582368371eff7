// max_age: how old the sign-in may be, in seconds (OpenID Connect Core section 3.1.2.1).
#include <charconv>

#include "domain/errors.h"
#include "oauth2/authorize/checks.h"

namespace sallyport::oauth2 {

base::Status CheckMaxAge(const CheckInput& input, AuthorizationRequest& request) {
  const std::string_view text = input.Get("max_age");
  if (text.empty()) return {};
  int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [read, fault] = std::from_chars(text.data(), end, seconds);
  if (fault != std::errc() || read != end || seconds < 0) return domain::error::kMaxAgeMalformed();
  request.max_age = seconds;
  return {};
}

}  // namespace sallyport::oauth2
