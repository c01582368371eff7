// FeedSocket: the WebSocket (RFC 6455) of an old Agent, on a plain or TLS stream, as a
// feed::Connection. Served only with --old-agents; other Agents come through the FeedListener.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "feed/hub.h"
#include "http/any_stream.h"
#include "http/connections.h"
#include "http/request.h"

namespace sallyport::http {

// Answers `request`, which asks for the upgrade, on `stream`, whose executor is the connection's
// strand. Null: it was not a valid upgrade. `stream` and `entry` must outlive the result. Its
// functions may be called from any thread.
boost::asio::awaitable<std::shared_ptr<feed::Connection>> AcceptFeedSocket(
    AnyStream& stream, const Connections::Entry& entry, const Request& request, std::string peer,
    std::string name);

}  // namespace sallyport::http
