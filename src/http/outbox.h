// The outbox: messages that wait for delivery or that no transport takes, for whoever develops or
// operates. They hold codes and temporary passwords.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kOutboxPath = "/_sallyport/outbox";

// GET: JSON, or a page where a browser asks. For calls signed with the server's credentials; and
// unsigned on loopback, as long as the server's public URL is loopback too: behind a proxy on this
// host everybody's peer address is, so a server that others reach shows it to signed calls alone.
boost::asio::awaitable<Response> Outbox(const Backends& backends, const Request& request,
                                        const Peer& peer);

// "127.0.0.1:9229", "[::1]", "localhost": names of this host that no other host's page has.
bool IsLoopbackAuthority(std::string_view authority);

}  // namespace sallyport::http
