#include "http/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "http/error_token.h"
#include "http/listen.h"
#include "http/serve_connection.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto kSweepEvery = std::chrono::seconds(1);
// The pause after accepting has failed, for instance because there are no file descriptors left.
constexpr auto kAcceptPause = std::chrono::milliseconds(50);
// Within this time connections that were closed to make room disappear.
constexpr auto kGiveWayPause = std::chrono::milliseconds(1);
constexpr int kGiveWayPauses = 50;
constexpr auto kStopPoll = std::chrono::milliseconds(5);

}  // namespace

base::Result<Bound> Bind(asio::io_context& context, const BindOptions& options) {
  Bound bound;
  if (!options.tls_cert.empty()) {
    SALLYPORT_ASSIGN(bound.certificate, Certificate::Load(options.tls_cert, options.tls_key));
  }
  for (const std::string& listen : options.listen) {
    SALLYPORT_ASSIGN(auto acceptor, http::Listen(context, listen));
    bound.acceptors.push_back(std::move(acceptor));
  }
  return bound;
}

std::vector<tcp::endpoint> Bound::endpoints() const {
  std::vector<tcp::endpoint> result;
  result.reserve(acceptors.size());
  for (const auto& acceptor : acceptors) result.push_back(acceptor->local_endpoint());
  return result;
}

Server::Server(asio::io_context& context, ClientContexts& clients, const Backends& backends,
               Bound bound, const ServerOptions& options, http1::RequestMemory& memory)
    : context_(context),
      clients_(clients),
      bound_(std::move(bound)),
      connections_(base::SystemClock::Get(), options.connection_limit, memory),
      router_(backends, options.callers != nullptr ? *options.callers : connections_,
              options.face) {}

Server::~Server() = default;

void Server::Start() {
  for (const auto& acceptor : bound_.acceptors) {
    asio::co_spawn(acceptor->get_executor(), Accept(acceptor), asio::detached);
  }
  asio::co_spawn(context_, Sweep(), asio::detached);
}

asio::awaitable<void> Server::Accept(std::shared_ptr<tcp::acceptor> acceptor) {
  asio::steady_timer pause(acceptor->get_executor());
  while (!connections_.stopping()) {
    error_code error;
    const asio::any_io_executor executor = clients_.Next();
    tcp::socket socket = co_await acceptor->async_accept(executor, ErrorInto(error));
    if (connections_.stopping()) co_return;
    bool admitted = false;
    if (!error) admitted = co_await Admit();
    if (!admitted) {
      base::LogWarning("connection refused",
                       {{"cause", error ? error.message() : std::string("connection limit")}});
      socket.close(error);
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(ErrorInto(error));
      continue;
    }
    auto entry = std::make_unique<Connections::Entry>(connections_, socket.native_handle());
    asio::co_spawn(executor,
                   ServeConnection(std::move(socket), std::move(entry),
                                   bound_.certificate ? bound_.certificate->context() : nullptr,
                                   router_, connections_),
                   [](const std::exception_ptr& failure) {
                     if (failure) base::LogError("connection failed");
                   });
  }
}

asio::awaitable<bool> Server::Admit() {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor);
  for (int i = 0; i < kGiveWayPauses; ++i) {
    if (connections_.Admit()) co_return true;
    error_code error;
    pause.expires_after(kGiveWayPause);
    co_await pause.async_wait(ErrorInto(error));
  }
  co_return false;
}

asio::awaitable<void> Server::Sweep() {
  asio::steady_timer timer(context_);
  while (!connections_.stopping()) {
    error_code error;
    timer.expires_after(kSweepEvery);
    co_await timer.async_wait(ErrorInto(error));
    connections_.Sweep();
  }
}

void Server::Drain(int64_t millis) {
  connections_.BeginStop();
  for (const auto& acceptor : bound_.acceptors) {
    asio::post(acceptor->get_executor(), [acceptor] {
      error_code error;
      acceptor->close(error);
    });
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(millis);
  while (connections_.callers() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kStopPoll);
  }
}

void Server::Close() {
  while (connections_.size() > 0) {
    connections_.CutAll();
    std::this_thread::sleep_for(kStopPoll);
  }
}

}  // namespace sallyport::http
