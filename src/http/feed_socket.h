// FeedSocket: an old Agent's WebSocket (RFC 6455) on a plain or TLS stream, as feed::Connection.
// Served only with --old-agents; the others come through the FeedListener.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "feed/hub.h"
#include "http/any_stream.h"
#include "http/connections.h"
#include "http/request.h"

namespace sallyport::http {

// Answers `request`, which asks for the upgrade, on `stream`, whose executor is its connection's
// strand. Null: it was no upgrade. `stream` and `entry` outlive what is returned. Its functions may
// be called from any thread.
boost::asio::awaitable<std::shared_ptr<feed::Connection>> AcceptFeedSocket(
    AnyStream& stream, const Connections::Entry& entry, const Request& request, std::string peer,
    std::string name);

}  // namespace sallyport::http
