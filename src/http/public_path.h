// The path in --public-url. Clients send it, and sign it; a proxy in front of the server may remove
// it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::http {

// For example "/auth" for "https://login.example.com/auth"; empty where the URL has no path.
std::string_view PathOfUrl(std::string_view public_url);

// The request target without `prefix`, a path as PathOfUrl gives it. If the target does not begin
// with the prefix it is not changed: a proxy has removed it, or the request did not come through
// the proxy.
std::string WithoutPrefix(std::string_view target, std::string_view prefix);

// What a client may have signed whose request arrived with this target: the target itself, and the
// one from which a proxy has removed the prefix.
std::vector<std::string> SignedTargets(std::string_view target, std::string_view prefix);

// Refuses, with an explanation, a URL under which calls could not be served whatever a proxy does.
base::Status CheckPublicUrl(std::string_view public_url);

}  // namespace sallyport::http
