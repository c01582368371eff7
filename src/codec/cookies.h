// Cookies: those that a browser sends (RFC 6265 section 5.4), found by their names.
#pragma once

#include <optional>
#include <string_view>

namespace sallyport::codec {

// The value of the cookie `name` in a Cookie header; a view into `header`. nullopt where it is not
// there, or there more than once: a browser would have been made to send two, and which one is
// whose cannot be told. A value is taken as it is, with no quotes and no escapes of its own; one
// with a byte that no cookie may have (section 4.1.1) is none.
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

}  // namespace sallyport::codec
