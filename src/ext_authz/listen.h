// Where proxies connect: TCP on a loopback address, or a Unix socket.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"

namespace sallyport::ext_authz {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// A place where proxies connect. Not thread-safe.
struct Listener {
  Listener(boost::asio::io_context& io, std::string path)
      : acceptor(io), pause(io), socket_path(std::move(path)) {}
  // Removes the socket's name, which is this one's as long as it listens.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Acceptor acceptor;
  boost::asio::steady_timer pause;  // after accepting has failed
  const std::string socket_path;    // empty: TCP
};

// `address` is HOST:PORT with a numeric loopback address, or "unix:" and a path. Other addresses
// are refused, since tokens would travel without encryption. A Unix socket may be used by the
// agent's user and group, or by `group` instead of the latter if it is not empty. A socket that
// another program has left there is replaced; one on which a program listens is not, and a
// directory in which others could replace it is refused. An error's message is one line for the
// operator.
base::Result<std::unique_ptr<Listener>> Listen(boost::asio::io_context& io,
                                               const std::string& address,
                                               const std::string& group);

}  // namespace sallyport::ext_authz
