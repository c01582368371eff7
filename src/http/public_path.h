// The path of --public-url: clients send it, and sign it, and a proxy in front may take it away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::http {

// "/auth" of "https://login.example.com/auth"; empty where the URL has none.
std::string_view PathOfUrl(std::string_view public_url);

// `target`, of a request, without `prefix`, a path as PathOfUrl gives it. As it is where it does
// not begin with it: a proxy has taken it away, or the request came past the proxy.
std::string WithoutPrefix(std::string_view target, std::string_view prefix);

// What a client may have signed whose request came with `target`: that itself, and what a proxy has
// taken the prefix from.
std::vector<std::string> SignedTargets(std::string_view target, std::string_view prefix);

// Refuses, in words, a URL under which calls could not be served whatever the proxy does.
base::Status CheckPublicUrl(std::string_view public_url);

}  // namespace sallyport::http
