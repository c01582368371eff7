// /confirmUser: where the link of a confirmation mail leads (DefaultEmailOption CONFIRM_WITH_LINK).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kConfirmUserPath = "/confirmUser";

// GET with client_id, user_name and confirmation_code, as Cognito's domain has it: calls
// ConfirmSignUp, and tells the person by a page. Who follows a link knows no client secret, so the
// code alone proves them. HEAD, by which mail scanners look at links, confirms nothing.
boost::asio::awaitable<Response> ConfirmUser(const Backends& backends, const Request& request,
                                             const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
