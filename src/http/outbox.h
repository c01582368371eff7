// The outbox: messages that wait for delivery or that no transport takes, for whoever develops or
// operates. They hold codes and temporary passwords.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// With the query "to=NAME" only those to that destination or user.
inline constexpr std::string_view kOutboxPath = "/_sallyport/outbox";

// GET: JSON, or a page where a browser asks. An operator's page (operator_page.h).
boost::asio::awaitable<Response> Outbox(const Backends& backends, const Request& request);

}  // namespace sallyport::http
