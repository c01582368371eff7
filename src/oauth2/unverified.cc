#include "oauth2/unverified.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/encoding.h"

namespace sallyport::oauth2 {

boost::json::object UnverifiedPayload(std::string_view jwt) {
  const size_t begin = jwt.find('.') + 1;
  const size_t end = jwt.find('.', begin);
  if (begin == 0 || end == std::string_view::npos) return {};
  const auto payload = base::Base64UrlDecode(jwt.substr(begin, end - begin));
  if (!payload) return {};
  boost::system::error_code unreadable;
  boost::json::value parsed = boost::json::parse(
      {reinterpret_cast<const char*>(payload->data()), payload->size()}, unreadable);
  if (unreadable || !parsed.is_object()) return {};
  return std::move(parsed.get_object());
}

}  // namespace sallyport::oauth2
