#include "agent/feed_connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <chrono>
#include <optional>

#include "revocation/frame.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kConnectTimeout{2};
constexpr std::chrono::seconds kHandshakeTimeout{5};
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

using ConnectionResult = base::Result<std::shared_ptr<FeedConnection>>;

base::Error Unreachable(const std::string& what, const error_code& error) {
  return {"feed_unreachable", "the feed cannot be reached", what + ": " + error.message()};
}

template <typename Stream>
class WebSocketConnection final : public FeedConnection {
 public:
  explicit WebSocketConnection(websocket::stream<Stream> stream) : stream_(std::move(stream)) {}

  asio::awaitable<base::Result<std::string>> Read() override {
    std::string message;
    auto buffer = asio::dynamic_buffer(message, revocation::kMaxFrameBytes);
    const auto [error, size] = co_await stream_.async_read(buffer, kTuple);
    if (error) co_return Unreachable("reading", error);
    if (!stream_.got_binary()) {
      co_return base::Error{"feed_broken", "the server broke the feed's rules", "a text message"};
    }
    co_return message;
  }

  asio::awaitable<base::Status> Write(std::string message) override {
    const auto [error, size] = co_await stream_.async_write(asio::buffer(message), kTuple);
    if (error) co_return Unreachable("writing", error);
    co_return base::Status();
  }

  void Close() override { beast::get_lowest_layer(stream_).close(); }

 private:
  websocket::stream<Stream> stream_;
};

template <typename Stream>
asio::awaitable<ConnectionResult> Upgrade(Stream stream, const ConnectOptions& options) {
  websocket::stream<Stream> socket(std::move(stream));
  beast::get_lowest_layer(socket).expires_never();
  // Silence afterwards is judged by the Agent, who knows the TTL.
  socket.set_option(
      websocket::stream_base::timeout{kHandshakeTimeout, websocket::stream_base::none(), false});
  socket.read_message_max(revocation::kMaxFrameBytes);
  socket.binary(true);
  socket.set_option(websocket::stream_base::decorator([&options](websocket::request_type& request) {
    request.set(beast::http::field::authorization, "Bearer " + std::string(options.token.Reveal()));
    request.set(beast::http::field::user_agent, "sallyport-agent");
  }));
  const bool bracket = options.target.host.find(':') != std::string::npos;
  const std::string host =
      (bracket ? "[" + options.target.host + "]" : options.target.host) + ":" + options.target.port;
  websocket::response_type response;
  const auto [error] = co_await socket.async_handshake(response, host, options.target.path, kTuple);
  if (error == websocket::error::upgrade_declined) {
    co_return base::Error{"feed_refused", "the server refused the agent",
                          "HTTP status " + std::to_string(response.result_int())};
  }
  if (error) co_return Unreachable("WebSocket handshake", error);
  co_return std::make_shared<WebSocketConnection<Stream>>(std::move(socket));
}

// Keeps the context alive as long as its stream.
struct TlsStream {
  static asio::awaitable<ConnectionResult> Connect(beast::tcp_stream tcp,
                                                   const ConnectOptions& options) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    error_code error;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(asio::ssl::verify_peer, error);
    if (!error && options.ca_file.empty()) context.set_default_verify_paths(error);
    if (!error && !options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
    if (error) co_return Unreachable("authorities " + options.ca_file, error);
    // The stream's SSL object holds a reference to the native context: `context` may go.
    beast::ssl_stream<beast::tcp_stream> stream(std::move(tcp), context);
    stream.set_verify_callback(asio::ssl::host_name_verification(options.target.host), error);
    if (error) co_return Unreachable("TLS", error);
    SSL_set_tlsext_host_name(stream.native_handle(), options.target.host.c_str());
    beast::get_lowest_layer(stream).expires_after(kHandshakeTimeout);
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::client, kTuple);
    if (failed) co_return Unreachable("TLS handshake", failed);
    co_return co_await Upgrade(std::move(stream), options);
  }
};

}  // namespace

base::Result<FeedTarget> ParseFeedTarget(const std::string& url) {
  const auto invalid = [&url](const std::string& why) {
    return base::Error{"invalid_option", "server URL \"" + url + "\": " + why, ""};
  };
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return invalid("not a URL");
  const boost::urls::url_view& view = *parsed;
  const std::string scheme = view.scheme();
  FeedTarget target;
  if (scheme == "wss" || scheme == "https") {
    target.tls = true;
  } else if (scheme != "ws" && scheme != "http") {
    return invalid("its scheme is none of ws, wss, http, https");
  }
  if (view.has_userinfo() || view.has_query() || view.has_fragment()) {
    return invalid("user, query and fragment have no place in it");
  }
  target.host = view.host_address();
  if (target.host.empty()) return invalid("no host");
  target.port = view.has_port() ? std::string(view.port()) : target.tls ? "443" : "80";
  std::string prefix = std::string(view.encoded_path());
  while (prefix.ends_with('/')) prefix.pop_back();
  target.path = prefix + std::string(revocation::kFeedPath);
  return target;
}

asio::awaitable<ConnectionResult> FeedConnection::Connect(ConnectOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  const auto [unresolved, addresses] =
      co_await resolver.async_resolve(options.target.host, options.target.port, kTuple);
  if (unresolved) co_return Unreachable(options.target.host, unresolved);
  const bool loopback = std::all_of(addresses.begin(), addresses.end(), [](const auto& entry) {
    return entry.endpoint().address().is_loopback();
  });
  if (!options.target.tls && !options.allow_plain && !loopback) {
    co_return base::Error{
        "feed_refused", "the feed must be encrypted",
        options.target.host + " is not loopback: use https, or --insecure-plain-feed"};
  }
  beast::tcp_stream stream(executor);
  stream.expires_after(kConnectTimeout);
  const auto [error, endpoint] = co_await stream.async_connect(addresses, kTuple);
  if (error) {
    co_return Unreachable(options.target.host + " port " + options.target.port, error);
  }
  error_code ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  if (options.target.tls) co_return co_await TlsStream::Connect(std::move(stream), options);
  co_return co_await Upgrade(std::move(stream), options);
}

}  // namespace sallyport::agent
