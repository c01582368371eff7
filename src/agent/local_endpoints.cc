#include "agent/local_endpoints.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <list>
#include <utility>

#include "agent/tuple.h"
#include "base/clock.h"
#include "http1/answer.h"
#include "http1/read.h"

namespace sallyport::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::chrono::seconds kRequestTimeout{5};
constexpr size_t kGreatestHead = 16 * 1024;
constexpr size_t kMostClients = 64;
constexpr size_t kLingerBytes = 1024 * 1024;

base::Error CannotListen(const std::string& where, const error_code& error) {
  return {"cannot_listen", where + ": " + error.message(), ""};
}

asio::awaitable<void> AnswerStatus(stream_protocol::socket socket, std::string text) {
  co_await asio::async_write(socket, asio::buffer(text), kTuple);
}

std::string AnswerTo(const http1::Head& request, const HttpTexts& texts) {
  http1::AnswerHead head{.status = 404,
                         .body_bytes = 0,
                         .content_type = "text/plain; version=0.0.4",
                         .fields = {},
                         .keep_alive = false};
  std::string body;
  const bool head_only = request.method == "HEAD";
  if (request.method != "GET" && !head_only) {
    head.status = 405;
    head.fields = "Allow: GET, HEAD\r\n";
  } else if (request.target == "/metrics") {
    head.status = 200;
    body = texts.metrics();
  } else if (request.target == "/healthz") {
    body = texts.problems();
    head.status = body.empty() ? 200 : 503;
    if (body.empty()) body = "ok\n";
  }
  head.body_bytes = body.size();
  const std::string answer = http1::FormatHead(head, base::SystemClock::Get());
  return head_only ? answer : answer + body;
}

// The HTTP connections, the oldest first. One thread runs all of them.
struct Clients {
  http1::RequestMemory memory{kMostClients * 4 * kGreatestHead};
  std::list<beast::tcp_stream*> streams;
};

// A place among the clients. A new client replaces the oldest one, so that idle ones keep nobody
// out.
class Place {
 public:
  Place(std::shared_ptr<Clients> clients, beast::tcp_stream& stream)
      : clients_(std::move(clients)) {
    auto& streams = clients_->streams;
    if (streams.size() >= kMostClients) {
      error_code ignored;
      streams.front()->socket().shutdown(tcp::socket::shutdown_both, ignored);
      // The oldest client leaves when its read has failed.
      streams.splice(streams.end(), streams, streams.begin());
    }
    at_ = streams.insert(streams.end(), &stream);
  }
  ~Place() { clients_->streams.erase(at_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  const std::shared_ptr<Clients> clients_;
  std::list<beast::tcp_stream*>::iterator at_;
};

// Data that still arrives is read, so that the client sees the answer before a reset.
asio::awaitable<void> AnswerMetrics(tcp::socket socket, HttpTexts texts,
                                    std::shared_ptr<Clients> clients) {
  beast::tcp_stream stream(std::move(socket));
  const Place place(clients, stream);
  http1::Held memory(clients->memory);
  stream.expires_after(kRequestTimeout);
  beast::flat_buffer buffer;
  http1::Incoming incoming;
  const error_code error =
      co_await http1::ReadHead(stream, buffer, kGreatestHead, memory, incoming);
  if (error) co_return;
  const std::string answer = incoming.refusal
                                 ? http1::FormatRefusal(*incoming.refusal, base::SystemClock::Get())
                                 : AnswerTo(incoming.head, texts);
  co_await asio::async_write(stream, asio::buffer(answer), kTuple);
  error_code ended;
  stream.socket().shutdown(tcp::socket::shutdown_send, ended);
  for (size_t total = 0; !ended && total < kLingerBytes; total += buffer.size()) {
    buffer.clear();
    ended = co_await http1::ReadMore(stream, buffer);
  }
}

// After accepting has failed, for instance because there are no file descriptors left, waits a
// little before trying again.
template <typename Acceptor>
asio::awaitable<bool> MayAcceptAgain(const Acceptor& acceptor) {
  if (!acceptor->is_open()) co_return false;
  asio::steady_timer timer(acceptor->get_executor(), std::chrono::milliseconds(100));
  co_await timer.async_wait(kTuple);
  co_return acceptor->is_open();
}

}  // namespace

base::Result<std::shared_ptr<stream_protocol::acceptor>> ListenLocal(asio::io_context& io,
                                                                     const std::string& path) {
  unlink(path.c_str());
  auto acceptor = std::make_shared<stream_protocol::acceptor>(io);
  error_code error;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return base::Error{"cannot_listen", path + ": too long for a socket's path", ""};
  }
  const stream_protocol::endpoint endpoint(path);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->bind(endpoint, error);
  // Set before anybody can connect: only this user and root may read the status.
  if (!error && chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return CannotListen(path, error);
  return acceptor;
}

base::Result<std::shared_ptr<tcp::acceptor>> ListenTcp(asio::io_context& io,
                                                       const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return base::Error{"invalid_option", "\"" + address + "\" must be HOST:PORT", ""};
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const char* end = address.data() + address.size();
  const auto [rest, failed] = std::from_chars(address.data() + colon + 1, end, port);
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error || failed != std::errc() || rest != end) {
    return base::Error{"invalid_option", "\"" + address + "\" must be an IP address with a port",
                       ""};
  }
  auto acceptor = std::make_shared<tcp::acceptor>(io);
  const tcp::endpoint endpoint(ip, port);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return CannotListen(address, error);
  return acceptor;
}

bool IsSocketAt(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

asio::awaitable<void> ServeStatus(std::shared_ptr<stream_protocol::acceptor> acceptor,
                                  std::function<std::string()> text) {
  for (;;) {
    auto [error, socket] = co_await acceptor->async_accept(kTuple);
    if (!error) {
      asio::co_spawn(acceptor->get_executor(), AnswerStatus(std::move(socket), text()),
                     asio::detached);
    } else if (!co_await MayAcceptAgain(acceptor)) {
      co_return;
    }
  }
}

asio::awaitable<void> ServeMetrics(std::shared_ptr<tcp::acceptor> acceptor, HttpTexts texts) {
  const auto clients = std::make_shared<Clients>();
  for (;;) {
    auto [error, socket] = co_await acceptor->async_accept(kTuple);
    if (!error) {
      asio::co_spawn(acceptor->get_executor(), AnswerMetrics(std::move(socket), texts, clients),
                     asio::detached);
    } else if (!co_await MayAcceptAgain(acceptor)) {
      co_return;
    }
  }
}

base::Result<std::string> ReadStatus(const std::string& path) {
  asio::io_context io;
  stream_protocol::socket socket(io);
  error_code error;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return base::Error{"no_agent", path + ": too long for a socket's path", ""};
  }
  socket.connect(stream_protocol::endpoint(path), error);
  if (error == asio::error::access_denied) {
    return base::Error{"no_agent", path + ": only the agent's own user, or root, may ask it", ""};
  }
  if (error) return base::Error{"no_agent", path + ": " + error.message(), ""};
  const timeval timeout{kRequestTimeout.count(), 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  std::string text;
  asio::read(socket, asio::dynamic_buffer(text, 1 << 20), error);
  if (error != asio::error::eof) return base::Error{"no_agent", path + ": " + error.message(), ""};
  return text;
}

}  // namespace sallyport::agent
