// Cookies: those that a browser sends (RFC 6265 section 5.4), found by their names.
#pragma once

#include <optional>
#include <string_view>

namespace sallyport::codec {

// The value of the cookie `name` in a Cookie header; a view into `header`. nullopt if there is no
// such cookie, or more than one: then somebody has made the browser send a second one, and nobody
// can tell which is which. A value is taken as it is; quotes and escapes have no meaning. A cookie
// whose value has a byte that no cookie may have (section 4.1.1) counts as absent.
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

}  // namespace sallyport::codec
