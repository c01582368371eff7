#include "http/serve_connection.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/log.h"
#include "http/any_stream.h"
#include "http/error_token.h"
#include "http/feed_socket.h"
#include "http/user_import.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr size_t kReadBytes = 8 * 1024;
// A client that still sends while it is refused reads the answer before it sees a reset.
constexpr size_t kLingerBytes = 4 * 1024 * 1024;
constexpr unsigned kDeadPeerMillis = 30'000;

std::string_view ReasonOf(int status) {
  const auto reason =
      beast::http::obsolete_reason(beast::http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

std::string Head(const Response& response, bool keep_alive) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nContent-Length: {}\r\n",
                 response.status, ReasonOf(response.status), response.body.size());
  if (!response.content_type.empty()) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", response.content_type);
  }
  if (!keep_alive) out.append(std::string_view("Connection: close\r\n"));
  out.append(response.headers);
  out.append(std::string_view("\r\n"));
  return fmt::to_string(out);
}

// The answer to what is no HTTP request that this server reads.
Response Refusal(const error_code& error) {
  Response response;
  response.close = true;
  response.status = 400;
  if (error == beast::http::error::header_limit) response.status = 431;
  if (error == beast::http::error::body_limit) response.status = 413;
  response.content_type = kPlainText;
  response.body = std::string(ReasonOf(response.status)) + "\n";
  return response;
}

bool IsParserError(const error_code& error) {
  return error.category() ==
             beast::http::make_error_code(beast::http::error::bad_method).category() &&
         error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
}

template <typename Stream>
class ServedConnection {
 public:
  ServedConnection(Stream& stream, const Router& router, Connections& connections,
                   Connections::Entry& entry, Peer peer)
      : stream_(stream),
        router_(router),
        connections_(connections),
        entry_(entry),
        peer_(std::move(peer)) {}

  asio::awaitable<void> Run() {
    // One await a statement: g++ 12 goes wrong where a loop's condition awaits.
    for (;;) {
      const bool more = co_await AwaitBytes();
      if (!more) co_return;
      const bool next = co_await ServeRequest();
      if (!next) co_return;
    }
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;
  using FileParser = beast::http::request_parser<beast::http::buffer_body>;

  // False: the peer is gone or the server stops.
  asio::awaitable<bool> AwaitBytes() {
    if (buffer_.size() > 0) co_return true;
    entry_.SetDeadline(kIdleSeconds);
    entry_.SetIdle(true);
    if (connections_.stopping()) co_return false;
    error_code error;
    const size_t size =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), ErrorInto(error));
    entry_.SetIdle(false);
    buffer_.commit(size);
    co_return !error;
  }

  // False: the connection ends.
  asio::awaitable<bool> ServeRequest() {
    Parser parser;
    parser.header_limit(kGreatestHeaderBytes);
    // Of a body whose header does not say yet where it goes.
    parser.body_limit(UserImportUpload::kGreatestBytes);
    error_code error = co_await ReadHeader(parser);
    if (!error && IsUserImportUpload(parser.get())) co_return co_await ServeUpload(parser);
    if (!error) error = co_await ReadBody(parser);
    if (error) {
      if (IsParserError(error)) co_await Refuse(Refusal(error));
      co_return false;
    }
    const Request& request = parser.get();
    if (Router::IsFeed(request)) {
      co_await ServeFeed(request);
      co_return false;
    }
    entry_.ClearDeadline();
    const Response response = co_await router_.Handle(request, peer_);
    const bool keep_alive = request.keep_alive() && !response.close && !connections_.stopping();
    const bool head_only = request.method() == beast::http::verb::head;
    const bool written = co_await Write(response, keep_alive, head_only);
    co_return written&& keep_alive;
  }

  asio::awaitable<error_code> ReadHeader(Parser& parser) {
    error_code error;
    entry_.SetDeadline(kHeaderSeconds);
    co_await beast::http::async_read_header(stream_, buffer_, parser, ErrorInto(error));
    co_return error;
  }

  asio::awaitable<error_code> ReadBody(Parser& parser) {
    error_code error;
    if (parser.is_done()) co_return error;
    parser.body_limit(kGreatestBodyBytes);
    if (parser.content_length().value_or(0) > kGreatestBodyBytes) {
      co_return beast::http::error::body_limit;
    }
    entry_.SetDeadline(kBodySeconds);
    error = co_await Continue(parser.get());
    if (error) co_return error;
    co_await beast::http::async_read(stream_, buffer_, parser, ErrorInto(error));
    co_return error;
  }

  // RFC 9110 section 10.1.1.
  asio::awaitable<error_code> Continue(const Request& request) {
    error_code error;
    if (beast::iequals(request[beast::http::field::expect], "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(kContinue), ErrorInto(error));
    }
    co_return error;
  }

  // The answer to a request whose body is not read to its end.
  asio::awaitable<void> Refuse(const Response& response) {
    co_await Write(response, false, false);
    co_await Linger();
  }

  // The file of a user import job, piece by piece. False: the connection ends.
  asio::awaitable<bool> ServeUpload(Parser& parser) {
    const Request request = parser.get();
    FileParser file(std::move(parser));
    file.body_limit(UserImportUpload::kGreatestBytes);
    UserImportUpload upload(router_.backends());
    entry_.ClearDeadline();
    std::optional<Response> refusal = co_await upload.Begin(request);
    if (!refusal) {
      const error_code error = co_await Continue(request);
      if (error) co_return false;
    }
    std::string piece(UserImportUpload::kPieceBytes, '\0');
    while (!refusal && !file.is_done()) {
      file.get().body() = {piece.data(), piece.size(), true};
      error_code error;
      entry_.SetDeadline(kBodySeconds);
      co_await beast::http::async_read(stream_, buffer_, file, ErrorInto(error));
      if (error == beast::http::error::need_buffer) error = {};
      if (error && !IsParserError(error)) co_return false;
      entry_.ClearDeadline();
      if (error) {
        refusal = Refusal(error);
      } else {
        const size_t size = piece.size() - file.get().body().size;
        refusal = co_await upload.Write({piece.data(), size});
      }
    }
    if (refusal) {
      co_await Refuse(*refusal);
      co_return false;
    }
    const Response response = co_await upload.End();
    const bool keep_alive = request.keep_alive() && !response.close && !connections_.stopping();
    const bool written = co_await Write(response, keep_alive, false);
    co_return written&& keep_alive;
  }

  asio::awaitable<bool> Write(const Response& response, bool keep_alive, bool head_only) {
    error_code error;
    entry_.SetDeadline(kWriteSeconds);
    const std::string head = Head(response, keep_alive);
    const std::array<asio::const_buffer, 2> parts = {
        asio::buffer(head), head_only ? asio::const_buffer() : asio::buffer(response.body)};
    co_await asio::async_write(stream_, parts, ErrorInto(error));
    co_return !error;
  }

  asio::awaitable<void> Linger() {
    error_code error;
    beast::get_lowest_layer(stream_).shutdown(tcp::socket::shutdown_send, error);
    entry_.SetDeadline(kLingerSeconds);
    buffer_.clear();
    for (size_t total = 0; !error && total < kLingerBytes;) {
      total += co_await beast::get_lowest_layer(stream_).async_read_some(
          buffer_.prepare(kReadBytes), ErrorInto(error));
    }
  }

  asio::awaitable<void> ServeFeed(const Request& request) {
    Response refusal;
    const std::optional<std::string> agent = router_.AdmitAgent(request, peer_, &refusal);
    if (!agent || !beast::websocket::is_upgrade(request)) {
      if (agent)
        refusal = {
            .status = 426, .content_type = {}, .headers = "Upgrade: websocket\r\n", .body = {}};
      co_await Write(refusal, false, false);
      co_return;
    }
    std::shared_ptr<feed::Connection> socket =
        co_await AcceptFeedSocket(any_stream_, entry_, request, peer_.address, *agent);
    if (!socket) co_return;
    entry_.ClearDeadline();
    entry_.SetFeed();
    const int fd = beast::get_lowest_layer(stream_).native_handle();
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kDeadPeerMillis, sizeof kDeadPeerMillis);
    co_await router_.backends().hub.Serve(std::move(socket));
  }

  Stream& stream_;
  AnyStreamOn<Stream> any_stream_{stream_};
  const Router& router_;
  const Connections& connections_;
  Connections::Entry& entry_;
  const Peer peer_;
  beast::flat_buffer buffer_{kGreatestHeaderBytes + kGreatestBodyBytes + kReadBytes};
};

asio::awaitable<void> ServeTls(tcp::socket socket, asio::ssl::context& tls, const Router& router,
                               Connections& connections, Peer peer) {
  error_code error;
  asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
  Connections::Entry entry(connections, beast::get_lowest_layer(stream).native_handle());
  entry.SetDeadline(kHandshakeSeconds);
  co_await stream.async_handshake(asio::ssl::stream_base::server, ErrorInto(error));
  if (error) co_return;
  co_await ServedConnection<asio::ssl::stream<tcp::socket>>(stream, router, connections, entry,
                                                            std::move(peer))
      .Run();
  entry.SetDeadline(kLingerSeconds);
  co_await stream.async_shutdown(ErrorInto(error));
}

}  // namespace

asio::awaitable<void> ServeConnection(tcp::socket socket, asio::ssl::context* tls,
                                      const Router& router, Connections& connections) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) co_return;
  asio::ip::address address = remote.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  Peer peer{address.to_string(), address.is_loopback(), tls != nullptr};
  if (tls) {
    co_await ServeTls(std::move(socket), *tls, router, connections, std::move(peer));
  } else {
    Connections::Entry entry(connections, socket.native_handle());
    ServedConnection<tcp::socket> connection(socket, router, connections, entry, std::move(peer));
    co_await connection.Run();
  }
}

}  // namespace sallyport::http
