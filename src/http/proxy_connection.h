// What a trusted proxy sends first on its connections to us.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "base/ip.h"
#include "http/backends.h"
#include "http/request.h"

namespace sallyport::http {

// Whose a connection is, without --proxy-protocol.
Peer PeerOf(const base::IpAddress& address, bool tls);

// Where the peer is a trusted proxy and speaks the PROXY protocol: reads its header, none of what
// follows it, and names the client instead of the proxy. False: the header is malformed, or the
// proxy is gone, and the connection is to be closed.
boost::asio::awaitable<bool> ReadProxy(boost::asio::ip::tcp::socket& socket,
                                       const Backends& backends, Peer& peer);

// Whose a request on the connection of `peer` is, by X-Forwarded-For of a trusted proxy. From
// others the header is ignored, which the log says once a minute.
Peer PeerOfRequest(const Backends& backends, const Request& request, const Peer& peer);

}  // namespace sallyport::http
