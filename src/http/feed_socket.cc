#include "http/feed_socket.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "http/error_token.h"
#include "http1/answer.h"
#include "revocation/frame.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

// Every operation is started on the stream's strand, from wherever the Hub calls.
class FeedSocket final : public feed::Connection {
 public:
  FeedSocket(AnyStream& stream, const Connections::Entry& entry, std::string peer, std::string name)
      : socket_(stream),
        entry_(entry),
        peer_(std::move(peer)),
        agent_{.name = std::move(name), .key_id = {}, .version = revocation::kOldFeedVersion} {
    // Leases decide who is alive; Beast's timers would close the socket during Cut().
    socket_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       websocket::stream_base::none(), false});
    socket_.read_message_max(revocation::kMaxFrameBytes);
    socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(boost::beast::http::field::date,
                   http1::FormatDate(base::SystemClock::Get().WallSeconds()));
    }));
    socket_.auto_fragment(false);
    socket_.binary(true);
  }

  // Answers the upgrade. False: it was not a valid one.
  asio::awaitable<bool> Accept(const Request& request) {
    boost::system::error_code error;
    co_await socket_.async_accept(request, ErrorInto(error));
    co_return !error;
  }

  asio::awaitable<std::optional<std::string>> Read() override {
    return asio::co_spawn(socket_.get_executor(), ReadHere(), asio::use_awaitable);
  }
  asio::awaitable<bool> Write(std::string message) override {
    return asio::co_spawn(socket_.get_executor(), WriteHere(std::move(message)),
                          asio::use_awaitable);
  }
  void Close() override { entry_.Cut(); }
  std::string peer() const override { return peer_; }
  const feed::Agent& agent() const override { return agent_; }

 private:
  asio::awaitable<std::optional<std::string>> ReadHere() {
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    co_await socket_.async_read(buffer, ErrorInto(error));
    if (error || !socket_.got_binary()) co_return std::nullopt;
    co_return boost::beast::buffers_to_string(buffer.data());
  }

  asio::awaitable<bool> WriteHere(std::string message) {
    boost::system::error_code error;
    co_await socket_.async_write(asio::buffer(message), ErrorInto(error));
    co_return !error;
  }

  // Agents do not ask for compression.
  websocket::stream<AnyStream&, false> socket_;
  const Connections::Entry& entry_;
  const std::string peer_;
  const feed::Agent agent_;
};

}  // namespace

asio::awaitable<std::shared_ptr<feed::Connection>> AcceptFeedSocket(AnyStream& stream,
                                                                    const Connections::Entry& entry,
                                                                    const Request& request,
                                                                    std::string peer,
                                                                    std::string name) {
  auto socket = std::make_shared<FeedSocket>(stream, entry, std::move(peer), std::move(name));
  const bool accepted = co_await socket->Accept(request);
  co_return accepted ? std::move(socket) : nullptr;
}

}  // namespace sallyport::http
