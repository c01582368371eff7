// What the Agent answers on its own host: status on a Unix socket, metrics over HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace sallyport::agent {

// Listens at `path` in place of whatever has the name. Precondition: the caller holds the Replica's
// lock, so nobody else listens there.
base::Result<std::shared_ptr<boost::asio::local::stream_protocol::acceptor>> ListenLocal(
    boost::asio::io_context& io, const std::string& path);
// `address` is host:port, the host a numeric address.
base::Result<std::shared_ptr<boost::asio::ip::tcp::acceptor>> ListenTcp(boost::asio::io_context& io,
                                                                        const std::string& address);

// Whether `path` names a socket: nobody removed it.
bool IsSocketAt(const std::string& path);

// Writes `text()` to each connection and closes it, until the acceptor is closed.
boost::asio::awaitable<void> ServeStatus(
    std::shared_ptr<boost::asio::local::stream_protocol::acceptor> acceptor,
    std::function<std::string()> text);

// What is answered over HTTP.
struct HttpTexts {
  std::function<std::string()> metrics;
  std::function<std::string()> problems;  // a line each; empty: healthy
};
// GET /metrics answers metrics(); GET /healthz 200, or 503 with the problems. Until the acceptor is
// closed.
boost::asio::awaitable<void> ServeMetrics(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor,
                                          HttpTexts texts);

// What the Agent behind `path` says of itself. Blocks, at most 5 s.
base::Result<std::string> ReadStatus(const std::string& path);

}  // namespace sallyport::agent
