// Listening sockets.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace sallyport::http {

// An address and port; nullopt where the text is neither "a.b.c.d:port" nor "[v6]:port".
std::optional<boost::asio::ip::tcp::endpoint> ParseListen(const std::string& text);

// A socket that is bound and listens, on a strand of its own. Port 0: any free one. An error's
// message is one line for the operator: the port is taken, or a privilege is missing.
base::Result<std::shared_ptr<boost::asio::ip::tcp::acceptor>> Listen(
    boost::asio::io_context& context, const std::string& listen);

// For example "127.0.0.1:9229" or "[::1]:9229".
std::string Show(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace sallyport::http
