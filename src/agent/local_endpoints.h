// The endpoints that the Agent serves on its own host: its status on a Unix socket, and metrics by
// HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace sallyport::agent {

// Listens at `path`, replacing whatever has that name. Precondition: the caller holds the lock of
// the Replica, so nobody else is listening there.
base::Result<std::shared_ptr<boost::asio::local::stream_protocol::acceptor>> ListenLocal(
    boost::asio::io_context& io, const std::string& path);
// `address` is host:port with a numeric host.
base::Result<std::shared_ptr<boost::asio::ip::tcp::acceptor>> ListenTcp(boost::asio::io_context& io,
                                                                        const std::string& address);

// Whether `path` still names a socket.
bool IsSocketAt(const std::string& path);

// Writes `text()` to each connection and closes it, until the acceptor is closed.
boost::asio::awaitable<void> ServeStatus(
    std::shared_ptr<boost::asio::local::stream_protocol::acceptor> acceptor,
    std::function<std::string()> text);

// The texts that are served by HTTP.
struct HttpTexts {
  std::function<std::string()> metrics;
  std::function<std::string()> problems;  // one a line; empty: healthy
};
// GET /metrics is answered with metrics(); GET /healthz with 200, or with 503 and the problems.
// Runs until the acceptor is closed.
boost::asio::awaitable<void> ServeMetrics(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor,
                                          HttpTexts texts);

// Reads the status of the Agent that writes the Replica `path`. Blocks for at most 5 s.
base::Result<std::string> ReadStatus(const std::string& path);

}  // namespace sallyport::agent
