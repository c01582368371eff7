#include "http/serve_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/error_codes.h"
#include "base/log.h"
#include "http/any_stream.h"
#include "http/error_token.h"
#include "http/feed_socket.h"
#include "http/on_pool.h"
#include "http/proxy_connection.h"
#include "http/tls_stream.h"
#include "http/user_import.h"
#include "http1/answer.h"
#include "http1/body.h"
#include "http1/read.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// How much is read from a client that still sends while it is refused, so that it sees the answer
// before a reset.
constexpr size_t kLingerBytes = 4 * 1024 * 1024;
// The memory that OpenSSL uses for a handshake.
constexpr size_t kHandshakeBytes = http1::Held::kFree + 48 * 1024;
// And what it keeps until the connection ends.
constexpr size_t kTlsBytes = 14 * 1024;
// How long a handshake waits for memory that slow clients give back.
constexpr std::chrono::milliseconds kWait{20};
constexpr int kMostWaits = 100;
constexpr unsigned kDeadPeerMillis = 30'000;

asio::awaitable<error_code> WaitForBytes(tcp::socket& socket) {
  error_code error;
  co_await socket.async_wait(tcp::socket::wait_read, ErrorInto(error));
  co_return error;
}
asio::awaitable<error_code> WaitForBytes(TlsStream& stream) {
  return stream.WaitForBytes();
}

// Reads what has already arrived without another turn of the event loop. The socket is
// non-blocking.
void ReadAtOnce(tcp::socket& socket, beast::flat_buffer& buffer) {
  error_code error;
  buffer.commit(socket.read_some(buffer.prepare(http1::kPiece), error));
}
void ReadAtOnce(TlsStream&, beast::flat_buffer&) {}

// Sends as much as the socket accepts at once, so that a worker thread which has made an answer
// need not wake an I/O thread to send it. Gives the number of bytes; an error will be seen when the
// rest is written.
template <typename Parts>
size_t WriteAtOnce(tcp::socket& socket, const Parts& parts) {
  error_code error;
  return socket.write_some(parts, error);
}
template <typename Parts>
size_t WriteAtOnce(TlsStream&, const Parts&) {
  return 0;
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
    // Only one await in each statement: g++ 12 miscompiles an await in a loop's condition.
    for (;;) {
      const bool more = co_await AwaitBytes();
      if (!more) co_return;
      const bool next = co_await ServeRequest();
      if (!next) co_return;
    }
  }

 private:
  // False: the peer has closed the connection, or the server is stopping.
  asio::awaitable<bool> AwaitBytes() {
    if (buffer_.size() > 0) co_return true;
    // A client that has sent nothing should not occupy a buffer.
    buffer_.shrink_to_fit();
    entry_.memory().Set(0);
    entry_.AwaitClient(kIdleSeconds);
    entry_.SetIdle(true);
    if (connections_.stopping()) co_return false;
    const error_code error = co_await WaitForBytes(stream_);
    entry_.SetIdle(false);
    if (!error) ReadAtOnce(stream_, buffer_);
    co_return !error;
  }

  // False: the connection ends.
  asio::awaitable<bool> ServeRequest() {
    entry_.AwaitClient(kHeaderSeconds);
    // The body of the previous request is no longer needed.
    entry_.memory().Set(buffer_.size());
    http1::Incoming incoming;
    const error_code error =
        co_await http1::ReadHead(stream_, buffer_, kGreatestHeaderBytes, entry_.memory(), incoming);
    if (error) co_return false;
    if (incoming.refusal) {
      co_await Refuse(*incoming.refusal);
      co_return false;
    }
    const bool keep_alive = incoming.head.keep_alive;
    const bool expects = incoming.head.expects_continue;
    Request request(incoming.head, router_.prefix());
    const bool upload = router_.IsUpload(request);
    http1::Body body(incoming.head,
                     upload ? UserImportUpload::kGreatestBytes : LimitOf(incoming.head, request));
    buffer_.consume(incoming.bytes);
    if (body.refusal()) {
      co_await Refuse(*body.refusal());
      co_return false;
    }
    if (upload) {
      const bool next = co_await ServeUpload(request, body, expects);
      co_return next&& keep_alive;
    }
    const bool complete = co_await ReadBody(request, body, expects);
    if (!complete) co_return false;
    const bool answered = co_await Answer(request, keep_alive);
    co_return answered;
  }

  // False: the connection ends.
  asio::awaitable<bool> Answer(Request& request, bool keep_alive) {
    if (router_.IsFeed(request)) {
      co_await ServeFeed(request);
      co_return false;
    }
    std::string& body = request.body();
    const size_t held = buffer_.capacity() + body.capacity() + http1::ParsedBytes(body);
    if (!HasRoom(held)) {
      co_await Refuse(http1::kNoMemory);
      co_return false;
    }
    entry_.ClearDeadline();
    const Peer peer = PeerOfRequest(router_.backends(), request, peer_);
    const Response response = co_await router_.Handle(request, peer);
    // The request is no longer needed, and the client may take long to read the answer.
    body = std::string();
    const bool next = keep_alive && !response.close && !connections_.stopping();
    const bool head_only = request.method() == beast::http::verb::head;
    const bool written = co_await Write(response, next, head_only);
    co_return written&& next;
  }

  // The signature can be checked only when the body is complete. Until then the access key that is
  // named decides.
  uint64_t LimitOf(const http1::Head& head, const Request& request) const {
    const bool small = !head.chunked && head.content_length.value_or(0) <= kGreatestStrangerBytes;
    return !small && router_.backends().names_caller(ToSigned(request)) ? kGreatestBodyBytes
                                                                        : kGreatestStrangerBytes;
  }

  // False: the connection ends, and any refusal was sent.
  asio::awaitable<bool> ReadBody(Request& request, http1::Body& body, bool expects) {
    if (body.done()) co_return true;
    entry_.AwaitClient(kBodySeconds);
    error_code error = co_await Continue(expects);
    if (error) co_return false;
    const http1::Refusal* refusal = nullptr;
    error =
        co_await http1::ReadBody(stream_, buffer_, body, entry_.memory(), request.body(), &refusal);
    if (refusal) co_await Refuse(*refusal);
    co_return !error && !refusal;
  }

  asio::awaitable<error_code> Continue(bool expected) {
    error_code error;
    if (expected) {
      co_await asio::async_write(stream_, asio::buffer(http1::kContinue), ErrorInto(error));
    }
    co_return error;
  }

  // Answers a request that is not read to its end.
  asio::awaitable<void> Refuse(const http1::Refusal& refusal) {
    if (&refusal == &http1::kNoMemory) {
      FreeMemory();
      Response response = JsonError(refusal.status, base::code::kServiceUnavailable, refusal.why);
      response.AddHeader("Retry-After", "1");
      co_await Write(response, false, false);
    } else {
      entry_.AwaitClient(kWriteSeconds);
      const std::string answer = http1::FormatRefusal(refusal, base::SystemClock::Get());
      error_code error;
      co_await asio::async_write(stream_, asio::buffer(answer), ErrorInto(error));
    }
    co_await Linger();
  }

  // Receives the file of a user import job, piece by piece. False: the connection ends.
  asio::awaitable<bool> ServeUpload(const Request& request, http1::Body& body, bool expects) {
    UserImportUpload upload(router_.backends());
    entry_.ClearDeadline();
    std::optional<Response> refusal = co_await upload.Begin(request);
    if (!refusal) {
      const error_code error = co_await Continue(expects);
      if (error) co_return false;
    }
    std::string piece;
    if (!refusal &&
        !http1::MakeRoom(buffer_, UserImportUpload::kPieceBytes, entry_.memory(), &piece)) {
      co_await Refuse(http1::kNoMemory);
      co_return false;
    }
    while (!refusal && !body.done()) {
      const bool more = co_await ReadPiece(body, piece);
      if (!more) co_return false;
      refusal = co_await upload.Write(piece);
      piece.clear();
    }
    if (refusal) {
      co_await Write(*refusal, false, false);
      co_await Linger();
      co_return false;
    }
    const Response response = co_await upload.End();
    const bool next = !response.close && !connections_.stopping();
    const bool written = co_await Write(response, next, false);
    co_return written&& next;
  }

  // Fills `piece`, up to the end of the body. False: the connection ends.
  asio::awaitable<bool> ReadPiece(http1::Body& body, std::string& piece) {
    entry_.AwaitClient(kBodySeconds);
    while (!body.done() && piece.size() < UserImportUpload::kPieceBytes) {
      const size_t room = UserImportUpload::kPieceBytes - piece.size();
      buffer_.consume(body.Decode(http1::View(buffer_), room, &piece));
      if (body.refusal()) {
        co_await Refuse(*body.refusal());
        co_return false;
      }
      if (body.done() || buffer_.size() > 0) continue;
      const error_code error = co_await http1::ReadMore(stream_, buffer_);
      if (error) co_return false;
    }
    entry_.ClearDeadline();
    co_return true;
  }

  asio::awaitable<bool> Write(const Response& response, bool keep_alive, bool head_only) {
    error_code error;
    entry_.AwaitClient(kWriteSeconds);
    const std::string head = http1::FormatHead({.status = response.status,
                                                .body_bytes = response.body.size(),
                                                .content_type = response.content_type,
                                                .fields = response.headers,
                                                .keep_alive = keep_alive},
                                               base::SystemClock::Get());
    std::array<asio::const_buffer, 2> parts = {
        asio::buffer(head), head_only ? asio::const_buffer() : asio::buffer(response.body)};
    size_t sent = WriteAtOnce(stream_, parts);
    for (asio::const_buffer& part : parts) {
      const size_t of_part = std::min(sent, part.size());
      part += of_part;
      sent -= of_part;
    }
    if (asio::buffer_size(parts) == 0) co_return true;
    // Data that the client is slow to read is counted as data that it sends. If there is no room
    // for it, connections whose clients have been waited for longer are closed, and this one ends.
    if (!HasRoom(buffer_.capacity() + head.size() + response.body.capacity())) {
      FreeMemory();
      co_return false;
    }
    co_await asio::async_write(stream_, parts, ErrorInto(error));
    co_return !error;
  }

  // Whether the connection may use `bytes` for a request that has arrived, and for its answer. The
  // queues bound how many of these there are, so small ones are served even over TLS, where a
  // connection has used what is not counted.
  bool HasRoom(size_t bytes) { return entry_.memory().Set(bytes) || bytes <= http1::Held::kFree; }

  // There was no room for what this connection has to keep.
  void FreeMemory() {
    connections_.FreeMemory();
    const auto told = router_.backends().minute_log->Note("request memory");
    if (!told) return;
    base::LogWarning(
        "the memory of requests is used up: requests are refused with 503, and connections with "
        "unread answers are closed",
        {{"times", static_cast<int64_t>(*told)}, {"source", peer_.address}});
  }

  asio::awaitable<void> Linger() {
    error_code error;
    beast::get_lowest_layer(stream_).shutdown(tcp::socket::shutdown_send, error);
    entry_.AwaitClient(kLingerSeconds);
    buffer_.clear();
    for (size_t total = 0; !error && total < kLingerBytes;) {
      total += co_await beast::get_lowest_layer(stream_).async_read_some(
          buffer_.prepare(http1::kPiece), ErrorInto(error));
    }
  }

  asio::awaitable<void> ServeFeed(const Request& request) {
    Response refusal;
    const Peer peer = PeerOfRequest(router_.backends(), request, peer_);
    const std::optional<std::string> agent = router_.AdmitAgent(request, peer, &refusal);
    if (!agent || !beast::websocket::is_upgrade(request)) {
      if (agent)
        refusal = {
            .status = 426, .content_type = {}, .headers = "Upgrade: websocket\r\n", .body = {}};
      co_await Write(refusal, false, false);
      co_return;
    }
    std::shared_ptr<feed::Connection> socket =
        co_await AcceptFeedSocket(any_stream_, entry_, request, peer.address, *agent);
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
  Connections& connections_;
  Connections::Entry& entry_;
  const Peer peer_;
  beast::flat_buffer buffer_;
};

// Each class owns the socket and, declared after it, the entry, which is therefore destroyed before
// the socket is closed.

asio::awaitable<void> ServePlain(tcp::socket socket, std::unique_ptr<Connections::Entry> entry,
                                 const Router& router, Connections& connections, Peer peer) {
  tcp::socket stream(std::move(socket));
  const auto held = std::move(entry);
  error_code error;
  stream.non_blocking(true, error);
  ServedConnection<tcp::socket> connection(stream, router, connections, *held, std::move(peer));
  co_await connection.Run();
  // A connection must end on an I/O thread: when the server stops, those threads end before the
  // objects that connections use are destroyed.
  co_await BackToExecutor();
}

asio::awaitable<void> ServeTls(tcp::socket socket, std::unique_ptr<Connections::Entry> entry,
                               std::shared_ptr<SSL_CTX> tls, const Router& router,
                               Connections& connections, Peer peer) {
  TlsStream stream(std::move(socket), std::move(tls));
  const auto held = std::move(entry);
  held->AwaitClient(kHandshakeSeconds);
  error_code error = co_await stream.WaitForBytes();
  // What a client has sent waits in the kernel until there is memory for the handshake.
  for (int waits = 0; !error && !held->memory().Set(kHandshakeBytes); ++waits) {
    connections.FreeMemory();
    if (waits == kMostWaits || connections.stopping()) co_return;
    asio::steady_timer timer(stream.get_executor(), kWait);
    co_await timer.async_wait(ErrorInto(error));
  }
  if (!error) error = co_await stream.Handshake();
  if (error) co_return;
  held->memory().SetBase(kTlsBytes);
  ServedConnection<TlsStream> connection(stream, router, connections, *held, std::move(peer));
  co_await connection.Run();
  co_await BackToExecutor();
  stream.Close();
}

}  // namespace

asio::awaitable<void> ServeConnection(tcp::socket socket, std::unique_ptr<Connections::Entry> entry,
                                      std::shared_ptr<SSL_CTX> tls, const Router& router,
                                      Connections& connections) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) {
    entry.reset();
    co_return;
  }
  const asio::ip::address address = remote.address();
  const auto ip = address.is_v4() ? base::IpAddress::V4(address.to_v4().to_bytes())
                                  : base::IpAddress::V6(address.to_v6().to_bytes());
  Peer peer = PeerOf(ip, tls != nullptr);
  peer.socket = socket.native_handle();
  entry->AwaitClient(kHeaderSeconds);
  bool known = true;
  if (router.face() == Face::kPublic) {
    known = co_await ReadProxy(socket, router.backends(), peer);
  }
  if (!known) {
    entry.reset();
    co_return;
  }
  if (tls) {
    co_await ServeTls(std::move(socket), std::move(entry), std::move(tls), router, connections,
                      std::move(peer));
  } else {
    co_await ServePlain(std::move(socket), std::move(entry), router, connections, std::move(peer));
  }
}

}  // namespace sallyport::http
