// The rows of --hook: where `sallyport hook run` finds the Runtime API of a function.
#pragma once

#include <string_view>

#include "http/backends.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kHooksPath = "/_sallyport/hooks";

// GET: {"hooks": [{"function", "way", "runtimes"}]}; "runtimes", how many are connected, is there
// for Runtime APIs alone. An operator's page (operator_page.h).
Response HookRows(const Backends& backends);

}  // namespace sallyport::http
