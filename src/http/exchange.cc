#include "http/exchange.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>

#include "base/error_codes.h"
#include "base/log.h"
#include "domain/limits/throttle.h"
#include "http/on_pool.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using Millis = std::chrono::duration<double, std::milli>;

constexpr int kServerError = 500;
constexpr int kTooManyRequests = 429;

bool IsTooMany(std::string_view error_code, int status) {
  return status == kTooManyRequests || error_code == base::code::kTooManyRequests ||
         error_code == base::code::kThrottling;
}

// True once `hub` has released `head`; false where that has not happened within `bound`, whatever
// the Hub does.
asio::awaitable<bool> ReleasedWithin(feed::Hub& hub, uint64_t head,
                                     std::chrono::milliseconds bound) {
  struct Wait {
    explicit Wait(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    bool released = false;
  };
  const auto executor = co_await asio::this_coro::executor;
  const auto wait = std::make_shared<Wait>(executor);
  wait->timer.expires_after(bound);
  asio::co_spawn(executor, hub.AwaitRelease(head),
                 [wait](const std::exception_ptr& failure, bool released) {
                   wait->released = !failure && released;
                   wait->timer.cancel();
                 });
  boost::system::error_code cancelled;
  co_await wait->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  co_return wait->released;
}

}  // namespace

asio::awaitable<bool> Exchange::AwaitRelease(store::Wait wait) {
  if (!wait.release()) co_return true;
  waited_ = true;
  // The wait runs two things side by side, which only the connection's own thread may run.
  co_await BackToExecutor();
  const auto begin = Steady::now();
  const bool released = co_await ReleasedWithin(
      backends_.hub, wait.release()->sequence(),
      std::chrono::milliseconds(backends_.greatest_release_millis + backends_.hub.hold_millis()));
  backends_.metrics.ObserveRelease(Millis(Steady::now() - begin).count() / 1000);
  co_return released;
}

// Internal errors of the server are always logged.
bool Exchange::IsLoggedAlone(int status) const {
  domain::Throttle* const throttle = backends_.services.throttle;
  if (throttle == nullptr || caller_is_known_ || status == kServerError) return true;
  return throttle->TakeForAddress(domain::Anonymous::kLogLine, peer_.address).ok();
}

void Exchange::Finish(std::string_view operation, std::string_view error_code,
                      std::string_view cause, Response& response) const {
  if (waited_ && !backends_.confirm) response.AddHeader("x-sallyport-confirm", "none");
  const double millis = Millis(Steady::now() - begin_).count();
  backends_.metrics.CountRequest(operation, error_code, millis / 1000);
  if (IsTooMany(error_code, response.status)) {
    const auto told = backends_.minute_log->Note(operation);
    if (told) {
      base::LogWarning("too many calls: refused", {{"operation", operation},
                                                   {"times", static_cast<int64_t>(*told)},
                                                   {"code", error_code},
                                                   {"source", peer_.address},
                                                   {"cause", cause}});
    }
    return;
  }
  if (!IsLoggedAlone(response.status)) {
    const auto told = backends_.minute_log->Note("log lines left out");
    if (told) {
      base::LogWarning("there are too many calls without credentials to log each",
                       {{"times", static_cast<int64_t>(*told)},
                        {"operation", operation},
                        {"code", error_code},
                        {"source", peer_.address}});
    }
    return;
  }
  const auto fields = {base::Field("request_id", request_id_),
                       base::Field("operation", operation),
                       base::Field("status", response.status),
                       base::Field("code", error_code),
                       base::Field("millis", millis),
                       base::Field("source", peer_.address),
                       base::Field("cause", cause)};
  if (response.status == kServerError) {
    base::LogError("request", fields);
  } else {
    base::LogInfo("request", fields);
  }
}

}  // namespace sallyport::http
