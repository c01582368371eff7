// FeedSocket: an old Agent's WebSocket (RFC 6455) on a plain or TLS stream, as feed::Connection.
// Served only with --old-agents; the others come through the FeedListener.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "feed/hub.h"
#include "http/connections.h"
#include "revocation/frame.h"

namespace sallyport::http {

// Stream: borrowed, with its connection's strand as executor. All its operations begin on that
// strand, wherever the Hub calls from.
template <typename Stream>
class FeedSocket final : public feed::Connection {
 public:
  FeedSocket(Stream& stream, const Connections::Entry& entry, std::string peer, std::string name)
      : socket_(stream),
        entry_(entry),
        peer_(std::move(peer)),
        agent_{.name = std::move(name), .key_id = {}, .version = revocation::kOldFeedVersion} {
    namespace websocket = boost::beast::websocket;
    // Leases judge who is alive; Beast's timers would close the socket under Cut().
    socket_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       websocket::stream_base::none(), false});
    socket_.read_message_max(revocation::kMaxFrameBytes);
    socket_.auto_fragment(false);
    socket_.binary(true);
  }

  // Answers the upgrade. False: it was not one.
  template <typename Request>
  boost::asio::awaitable<bool> Accept(const Request& request) {
    boost::system::error_code error;
    co_await socket_.async_accept(request, Token(error));
    co_return !error;
  }

  boost::asio::awaitable<std::optional<std::string>> Read() override {
    return boost::asio::co_spawn(socket_.get_executor(), ReadHere(), boost::asio::use_awaitable);
  }
  boost::asio::awaitable<bool> Write(std::string message) override {
    return boost::asio::co_spawn(socket_.get_executor(), WriteHere(std::move(message)),
                                 boost::asio::use_awaitable);
  }
  void Close() override { entry_.Cut(); }
  std::string peer() const override { return peer_; }
  const feed::Agent& agent() const override { return agent_; }

 private:
  static auto Token(boost::system::error_code& error) {
    return boost::asio::redirect_error(boost::asio::use_awaitable, error);
  }

  boost::asio::awaitable<std::optional<std::string>> ReadHere() {
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    co_await socket_.async_read(buffer, Token(error));
    if (error || !socket_.got_binary()) co_return std::nullopt;
    co_return boost::beast::buffers_to_string(buffer.data());
  }

  boost::asio::awaitable<bool> WriteHere(std::string message) {
    boost::system::error_code error;
    co_await socket_.async_write(boost::asio::buffer(message), Token(error));
    co_return !error;
  }

  boost::beast::websocket::stream<Stream&> socket_;
  const Connections::Entry& entry_;
  const std::string peer_;
  const feed::Agent agent_;
};

}  // namespace sallyport::http
