// What a trusted proxy tells about the client of a connection or request.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "base/ip.h"
#include "http/backends.h"
#include "http/request.h"

namespace sallyport::http {

// The client of a connection without a header of the PROXY protocol.
Peer PeerOf(const base::IpAddress& address, bool tls);

// If the peer is a trusted proxy that uses the PROXY protocol: reads exactly its header, and names
// the client in place of the proxy. False: the header is malformed, or the proxy has closed the
// connection; then the connection must be closed.
boost::asio::awaitable<bool> ReadProxy(boost::asio::ip::tcp::socket& socket,
                                       const Backends& backends, Peer& peer);

// The client of a request on the connection of `peer`, according to X-Forwarded-For from a trusted
// proxy. From anybody else the header is ignored, which the log says once a minute.
Peer PeerOfRequest(const Backends& backends, const Request& request, const Peer& peer);

}  // namespace sallyport::http
