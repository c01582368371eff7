#include "hooks/runtime_api_transport.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/minute_log.h"
#include "base/random.h"
#include "hooks/runtime_queue.h"
#include "http1/answer.h"
#include "http1/body.h"
#include "http1/forwarded.h"
#include "http1/read.h"

namespace sallyport::hooks {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr size_t kMostConnections = 1024;
constexpr auto kAcceptPause = std::chrono::milliseconds(50);
// The header Lambda-Runtime-Function-XRay-Error-Cause may have up to a megabyte.
constexpr size_t kGreatestHeader = 1280 * 1024;
// For all requests that are being read: enough for ten answers of the greatest size.
constexpr size_t kRequestMemory = 64 * 1024 * 1024;
// How much is read from a runtime that still sends while it is refused, so that it sees the answer
// before a reset.
constexpr size_t kLingerBytes = 16 * 1024 * 1024;
// A peer that is not served has this long to send a request and read the refusal. If there are too
// many such peers, they are disconnected at once.
constexpr auto kRefusalTime = std::chrono::seconds(2);
constexpr size_t kMostRefused = 32;

constexpr std::string_view kInvocationPath = "/2018-06-01/runtime/invocation/";
constexpr std::string_view kInitErrorPath = "/2018-06-01/runtime/init/error";

auto Token(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

// A request with the parts of its header that are used.
struct Request {
  explicit Request(const http1::Head& head)
      : method(head.method),
        target(head.target),
        error_type(head.Get("Lambda-Runtime-Function-Error-Type")),
        // A web page of any site may send requests to this host; the browser's headers show that.
        from_browser(head.Has("Origin") || head.Has("Sec-Fetch-Site")),
        through_proxy(http1::ShowsProxy(head)),
        keep_alive(head.keep_alive),
        expects_continue(head.expects_continue) {}

  std::string method, target, error_type;
  bool from_browser, through_proxy, keep_alive, expects_continue;
  std::string body;
};

struct Reply {
  int status;
  std::string fields;  // complete lines
  std::string body;
};

Reply Json(int status, const boost::json::object& body) {
  return {status, {}, boost::json::serialize(body)};
}

Reply Error(int status, std::string_view type, std::string_view message) {
  return Json(status, {{"errorMessage", message}, {"errorType", type}});
}

Reply Accepted() {
  return Json(202, {{"status", "OK"}});
}

Reply InvalidRequestId() {
  return Error(400, "InvalidRequestID", "Invalid request ID");
}

Reply NotServed() {
  return Error(403, "AccessDenied",
               "Events are served only to runtimes that the server's own user runs on this host, "
               "over loopback, and not to a proxy or a web page. The server's --hook-runtime-user "
               "names other users.");
}

Reply TooLargeReply() {
  return Error(413, "RequestEntityTooLarge",
               fmt::format("Exceeded maximum allowed payload size ({} bytes).", kGreatestAnswer));
}

struct Route {
  enum class Kind { kNext, kResponse, kError, kInitError, kNone } kind = Kind::kNone;
  std::string id;
};

Route RouteOf(const Request& request) {
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  const bool post = request.method == "POST";
  if (path == kInitErrorPath) return {post ? Route::Kind::kInitError : Route::Kind::kNone, {}};
  if (!path.starts_with(kInvocationPath)) return {};
  path.remove_prefix(kInvocationPath.size());
  if (path == "next" && request.method == "GET") return {Route::Kind::kNext, {}};
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos || !post) return {};
  const std::string_view what = path.substr(slash + 1);
  std::string id(path.substr(0, slash));
  if (what == "response") return {Route::Kind::kResponse, std::move(id)};
  if (what == "error") return {Route::Kind::kError, std::move(id)};
  return {};
}

// In the format of AWS X-Ray. Nothing is traced.
std::string TraceId(int64_t wall_millis) {
  constexpr std::string_view kHex = "0123456789abcdef";
  return fmt::format("Root=1-{:08x}-{};Sampled=0", wall_millis / 1000,
                     base::RandomString(kHex, 24));
}

// The answer to HEAD has no body, whatever its head says about one (RFC 9110, section 9.3.2).
enum class Parts { kAll, kHead };

std::string Format(const Reply& reply, bool keep_alive, Parts parts = Parts::kAll) {
  return http1::FormatHead({.status = reply.status,
                            .body_bytes = reply.body.size(),
                            .content_type = "application/json",
                            .fields = reply.fields,
                            .keep_alive = keep_alive},
                           base::SystemClock::Get()) +
         (parts == Parts::kHead ? std::string() : reply.body);
}

// Shared by the connections of one transport, which may outlive it.
struct Shared {
  Shared(std::shared_ptr<RuntimeQueue> events, RuntimeUsers whose)
      : queue(std::move(events)), users(std::move(whose)) {}

  void SayRefused(std::string_view cause) {
    const auto times = refusals.Note("runtime");
    if (!times) return;
    base::LogWarning(
        "a runtime is refused: hook-runtime-user names the users whose runtimes are served in "
        "addition to those of the server's own user",
        {{"times", static_cast<int64_t>(*times)}, {"cause", cause}});
  }

  const std::shared_ptr<RuntimeQueue> queue;
  const RuntimeUsers users;
  base::MinuteLog refusals{base::SystemClock::Get()};
  http1::RequestMemory memory{kRequestMemory};
  std::atomic<size_t> served = 0;   // connections that are served
  std::atomic<size_t> refused = 0;  // connections that are refused
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
      : socket_(std::move(socket)),
        bell_(socket_.get_executor()),
        all_(std::move(shared)),
        queue_(all_->queue) {}

  asio::awaitable<void> Run() {
    for (;;) {
      const bool next = co_await ServeRequest();
      if (!next) break;
    }
    // This connection was kept open between events and is closed while one is being processed, so
    // the runtime has died. (If a runtime opens a connection for each request, that cannot be
    // seen.)
    if (kept_ && !shared_ && !in_hand_.empty()) queue_->Answer(in_hand_, Died(in_hand_));
  }

 private:
  // The outcome with Lambda's text.
  static domain::HookOutcome Died(const std::string& id) {
    return {domain::HookOutcome::Kind::kRaised,
            fmt::format("RequestId: {} Error: Runtime exited without providing a reason", id),
            "errorType Runtime.ExitError"};
  }

  // False: the connection ends.
  asio::awaitable<bool> ServeRequest() {
    if (buffer_.size() == 0) buffer_.shrink_to_fit();
    memory_.Set(buffer_.size());
    http1::Incoming incoming;
    const error_code error =
        co_await http1::ReadHead(socket_, buffer_, kGreatestHeader, memory_, incoming);
    if (error) co_return false;
    if (incoming.refusal) {
      co_await Refuse(http1::FormatRefusal(*incoming.refusal, base::SystemClock::Get()));
      co_return false;
    }
    Request request(incoming.head);
    if (const char* cause = WhyNotServed(request)) {
      all_->SayRefused(cause);
      co_await Refuse(Format(NotServed(), false));
      co_return false;
    }
    http1::Body body(incoming.head, kGreatestAnswer);
    buffer_.consume(incoming.bytes);
    const Route route = RouteOf(request);
    const bool complete = co_await ReadBody(route, body, request);
    if (!complete) co_return false;
    keep_alive_ = request.keep_alive;
    parts_ = request.method == "HEAD" ? Parts::kHead : Parts::kAll;
    if (route.kind == Route::Kind::kNext) co_return co_await Next();
    co_return co_await Write(Take(route, request));
  }

  // Null: it is served.
  const char* WhyNotServed(const Request& request) const {
    if (request.from_browser) return "a browser asks for a page";
    if (request.through_proxy && !all_->users.anybody) return "it was forwarded by a proxy";
    return nullptr;
  }

  // False: the connection ends, and any refusal was sent.
  asio::awaitable<bool> ReadBody(const Route& route, http1::Body& body, Request& request) {
    error_code error;
    if (request.expects_continue && !body.done() && !body.refusal()) {
      co_await asio::async_write(socket_, asio::buffer(http1::kContinue), Token(error));
    }
    if (error) co_return false;
    const http1::Refusal* refusal = nullptr;
    error = co_await http1::ReadBody(socket_, buffer_, body, memory_, request.body, &refusal);
    if (refusal) co_await RefuseBody(route, *refusal);
    co_return !error && !refusal;
  }

  asio::awaitable<void> RefuseBody(const Route& route, const http1::Refusal& refusal) {
    keep_alive_ = false;
    if (&refusal != &http1::kBodyTooLong) {
      co_await Refuse(http1::FormatRefusal(refusal, base::SystemClock::Get()));
      co_return;
    }
    if (route.kind == Route::Kind::kResponse) queue_->Answer(route.id, TooLarge());
    co_await Refuse(Format(TooLargeReply(), false));
  }

  // Sends `answer` as the last one, and reads what the peer still sends.
  asio::awaitable<void> Refuse(std::string answer) {
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(answer), Token(error));
    socket_.shutdown(tcp::socket::shutdown_send, error);
    for (size_t total = 0; !error && total < kLingerBytes; total += buffer_.size()) {
      buffer_.clear();
      error = co_await http1::ReadMore(socket_, buffer_);
    }
  }

  Reply Take(const Route& route, const Request& request) {
    switch (route.kind) {
      case Route::Kind::kResponse:
        return queue_->Answer(route.id,
                              {domain::HookOutcome::Kind::kAnswered, request.body, std::string()})
                   ? Accepted()
                   : InvalidRequestId();
      case Route::Kind::kError:
        return queue_->Answer(route.id, ErrorOf(request)) ? Accepted() : InvalidRequestId();
      case Route::Kind::kInitError: {
        const domain::HookOutcome outcome = ErrorOf(request);
        base::LogWarning("a hook's runtime could not start", {{"cause", outcome.cause}});
        queue_->InitFailed(outcome);
        return Accepted();
      }
      case Route::Kind::kNext:
      case Route::Kind::kNone:
        break;
    }
    return Error(404, "NotFound", "Not Found");
  }

  static domain::HookOutcome ErrorOf(const Request& request) {
    return Raised(request.body, request.error_type.empty() ? "Unhandled" : request.error_type);
  }

  asio::awaitable<bool> Next() {
    if (!in_hand_.empty()) (queue_->InHand(in_hand_) ? shared_ : kept_) = true;
    in_hand_.clear();
    const RuntimeQueue::Given given = co_await AwaitInvocation();
    if (!given) co_return false;
    Reply reply{200,
                fmt::format("Lambda-Runtime-Aws-Request-Id: {}\r\n"
                            "Lambda-Runtime-Deadline-Ms: {}\r\n"
                            "Lambda-Runtime-Invoked-Function-Arn: {}\r\n"
                            "Lambda-Runtime-Trace-Id: {}\r\n",
                            given->id, given->deadline_wall_millis, given->arn,
                            TraceId(given->deadline_wall_millis)),
                given->event};
    in_hand_ = given->id;
    const error_code error = co_await Send(std::move(reply));
    if (error) {
      queue_->PutBack(given);
      in_hand_.clear();
    }
    co_return !error && keep_alive_;
  }

  // Null: the runtime has closed the connection.
  asio::awaitable<RuntimeQueue::Given> AwaitInvocation() {
    // `ring` may be called from any thread, and even while this connection is leaving.
    RuntimeQueue::Poller poller{.ring =
                                    [self = shared_from_this()] {
                                      asio::post(self->socket_.get_executor(), [self] {
                                        self->rung_ = true;
                                        self->bell_.cancel();
                                      });
                                    },
                                .given = nullptr};
    rung_ = false;
    bell_.expires_at(asio::steady_timer::time_point::max());
    Watch();
    queue_->Poll(poller);
    error_code error;
    while (!rung_ && !gone_) co_await bell_.async_wait(Token(error));
    RuntimeQueue::Given given = queue_->Leave(poller);
    socket_.cancel(error);
    if (given && gone_) {
      queue_->PutBack(given);
      given = nullptr;
    }
    co_return given;
  }

  // Notices when the runtime closes the connection while it waits.
  void Watch() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      if (error) return;
      char byte = 0;
      const ssize_t size = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (size > 0) return;
      // The notification was about data that was already read.
      if (size < 0 && errno == EAGAIN) return self->Watch();
      self->gone_ = true;
      self->bell_.cancel();
    });
  }

  asio::awaitable<error_code> Send(Reply reply) {
    error_code error;
    const std::string answer = Format(reply, keep_alive_, parts_);
    co_await asio::async_write(socket_, asio::buffer(answer), Token(error));
    co_return error;
  }

  // False: the connection ends.
  asio::awaitable<bool> Write(Reply reply) {
    const error_code error = co_await Send(std::move(reply));
    co_return !error && keep_alive_;
  }

  tcp::socket socket_;
  asio::steady_timer bell_;
  const std::shared_ptr<Shared> all_;
  const std::shared_ptr<RuntimeQueue> queue_;
  http1::Held memory_{all_->memory};
  boost::beast::flat_buffer buffer_;
  bool keep_alive_ = true;
  Parts parts_ = Parts::kAll;
  bool rung_ = false;    // there is an event
  bool gone_ = false;    // the runtime has gone
  std::string in_hand_;  // the id of the event that this connection got last
  bool kept_ = false;    // it asked for the next event after the previous one had ended
  bool shared_ = false;  // it asked for the next event while another one was being processed
};

asio::awaitable<void> Serve(tcp::socket socket, std::shared_ptr<Shared> shared) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  socket.set_option(asio::socket_base::keep_alive(true), error);
  const auto connection = std::make_shared<Connection>(std::move(socket), std::move(shared));
  co_await connection->Run();
}

// Answers a peer that is not served, after it has sent something, which is ignored.
asio::awaitable<void> ServeRefusal(tcp::socket socket) {
  boost::beast::tcp_stream stream(std::move(socket));
  stream.expires_after(kRefusalTime);
  boost::beast::flat_buffer buffer;
  error_code error = co_await http1::ReadMore(stream, buffer);
  if (error) co_return;
  const std::string answer = Format(NotServed(), false);
  co_await asio::async_write(stream, asio::buffer(answer), Token(error));
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
  for (size_t total = 0; !error && total < kLingerBytes; total += buffer.size()) {
    buffer.clear();
    error = co_await http1::ReadMore(stream, buffer);
  }
}

// Counts the connection in `count` while it exists.
template <typename Executor>
void Spawn(const Executor& executor, std::shared_ptr<Shared> shared,
           std::atomic<size_t> Shared::*count, asio::awaitable<void> connection) {
  ++(*shared.*count);
  asio::co_spawn(executor, std::move(connection),
                 [shared = std::move(shared), count](const std::exception_ptr& failure) {
                   --(*shared.*count);
                   if (failure) base::LogError("runtime's connection failed");
                 });
}

asio::awaitable<void> Accept(asio::io_context& context, std::shared_ptr<tcp::acceptor> acceptor,
                             std::shared_ptr<Shared> shared) {
  asio::steady_timer pause(acceptor->get_executor());
  while (acceptor->is_open()) {
    error_code error;
    const auto strand = asio::make_strand(context);
    tcp::socket socket = co_await acceptor->async_accept(strand, Token(error));
    if (!acceptor->is_open()) co_return;
    std::optional<std::string> cause;
    if (!error) cause = WhyNotServed(socket.native_handle(), shared->users);
    if (cause) {
      shared->SayRefused(*cause);
      if (shared->refused < kMostRefused) {
        Spawn(strand, shared, &Shared::refused, ServeRefusal(std::move(socket)));
      }
      continue;
    }
    if (error || shared->served >= kMostConnections) {
      socket.close(error);
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(Token(error));
      continue;
    }
    Spawn(strand, shared, &Shared::served, Serve(std::move(socket), shared));
  }
}

}  // namespace

RuntimeApiTransport::RuntimeApiTransport(asio::io_context& context,
                                         std::shared_ptr<tcp::acceptor> acceptor,
                                         RuntimeUsers users, const base::Clock& clock)
    : context_(context),
      acceptor_(std::move(acceptor)),
      users_(std::move(users)),
      queue_(std::make_shared<RuntimeQueue>(clock)) {}

RuntimeApiTransport::~RuntimeApiTransport() = default;

void RuntimeApiTransport::Start() {
  asio::co_spawn(acceptor_->get_executor(),
                 Accept(context_, acceptor_, std::make_shared<Shared>(queue_, users_)),
                 asio::detached);
}

HookAttempt RuntimeApiTransport::Call(const Function& function, const std::string& event,
                                      int64_t millis) {
  return queue_->Call(function, event, millis);
}

void RuntimeApiTransport::Stop() {
  queue_->Stop();
  asio::post(acceptor_->get_executor(), [acceptor = acceptor_] {
    error_code error;
    acceptor->close(error);
  });
}

tcp::endpoint RuntimeApiTransport::endpoint() const {
  error_code error;
  return acceptor_->local_endpoint(error);
}

size_t RuntimeApiTransport::runtimes() const {
  return queue_->runtimes();
}

}  // namespace sallyport::hooks
