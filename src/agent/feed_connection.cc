#include "agent/feed_connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <utility>

#include "agent/tuple.h"
#include "revocation/frame.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kConnectTimeout{2};
constexpr std::chrono::seconds kHandshakeTimeout{5};

base::Error Unreachable(const channel::Address& server, const std::string& why) {
  return {"feed_unreachable", "the feed cannot be reached", channel::Show(server) + ": " + why};
}

}  // namespace

asio::awaitable<base::Result<std::shared_ptr<channel::Channel>>> ConnectToFeed(
    channel::Address server, channel::Key key) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [unresolved, addresses] =
      co_await resolver.async_resolve(server.host, server.port, kTuple);
  if (unresolved) co_return Unreachable(server, unresolved.message());
  boost::beast::tcp_stream stream(executor);
  stream.expires_after(kConnectTimeout);
  const auto [error, endpoint] = co_await stream.async_connect(addresses, kTuple);
  if (error == asio::error::connection_refused) {
    co_return Unreachable(server,
                          "nothing listens there: the server is not running, or its --feed-listen "
                          "is another address");
  }
  if (error) co_return Unreachable(server, error.message());
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  std::shared_ptr<channel::Channel> channel = channel::MakeClient(
      stream.release_socket(), std::move(key), revocation::kMaxFrameBytes, kHandshakeTimeout);
  const base::Status proved = co_await channel->Handshake();
  if (!proved) {
    co_return base::Error{"feed_refused", "what listens there did not prove that it is the server",
                          channel::Show(server) + ": " + proved.error().cause};
  }
  co_return channel;
}

}  // namespace sallyport::agent
