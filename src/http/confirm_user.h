// /confirmUser: the page to which the link in a confirmation mail leads (DefaultEmailOption
// CONFIRM_WITH_LINK).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kConfirmUserPath = "/confirmUser";

// Answers a GET with client_id, user_name and confirmation_code, the parameters that Cognito's
// domain has: calls ConfirmSignUp, and shows a page that says what happened. A person who follows a
// link does not know the client's secret, so the code alone is the proof. A HEAD, with which mail
// scanners check links, confirms nothing.
boost::asio::awaitable<Response> ConfirmUser(const Backends& backends, const Request& request,
                                             const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
