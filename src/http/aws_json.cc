#include "http/aws_json.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "domain/errors.h"
#include "domain/limits/throttle.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "operations/dispatch/model.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

operations::Answer ErrorAnswer(int status, base::Error error) {
  operations::Answer answer(store::Wait::NothingRevoked());
  answer.status = status;
  answer.body = boost::json::serialize(
      boost::json::value{{"__type", error.code}, {"message", error.message}});
  answer.error_code = std::move(error.code);
  answer.cause = std::move(error.cause);
  return answer;
}

operations::Answer RunNow(const operations::Dispatcher& dispatcher,
                          const operations::Prepared& prepared) {
  try {
    return dispatcher.Run(prepared);
  } catch (const std::exception& error) {
    return ErrorAnswer(500, base::InternalError(error.what()));
  }
}

std::optional<operations::Answer> RefuseNow(const operations::Dispatcher& dispatcher,
                                            const operations::Prepared& prepared) {
  try {
    return dispatcher.RefuseCaller(prepared);
  } catch (const std::exception& error) {
    return ErrorAnswer(500, base::InternalError(error.what()));
  }
}

// nullopt: calls from this address are not counted.
std::optional<std::string> StrangerAt(const Backends& backends, std::string_view address) {
  const domain::Throttle* const throttle = backends.services.throttle;
  return throttle == nullptr ? std::nullopt : throttle->CountedAs(address);
}

WorkerPool::Bound BoundOf(const operations::Prepared& prepared) {
  return operations::Dispatcher::Revokes(prepared) ? WorkerPool::Bound::kNone
                                                   : WorkerPool::Bound::kQueue;
}

constexpr std::string_view kExposedHeaders =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,"
    "x-sallyport-confirm,Date\r\n";

}  // namespace

asio::awaitable<operations::Answer> AwsJson::Run(const Request& request, const Peer& peer,
                                                 const std::string& request_id,
                                                 std::string& operation) const {
  operations::Request call;
  call.target = View(request["X-Amz-Target"]);
  call.body = request.body();
  call.request_id = request_id;
  call.source_ip = peer.address;
  call.user_agent = request[boost::beast::http::field::user_agent];
  call.verify_signature = [this, &request] {
    return backends_.verify_signature(ToSigned(request));
  };
  // Only names that the model knows become labels of metrics.
  const std::string_view name = call.target.substr(call.target.rfind('.') + 1);
  if (operations::model::Find(name) != nullptr) operation = name;
  operations::Answer early(store::Wait::NothingRevoked());
  const auto prepared = backends_.dispatcher.Prepare(std::move(call), &early);
  if (!prepared) co_return early;

  const bool hashes = operations::Dispatcher::LaneOf(*prepared) == operations::Lane::kHash;
  std::optional<operations::Answer> answer;
  if (hashes) {
    answer = co_await RunLong(*prepared, peer.address);
  } else {
    answer = co_await OnPoolFromNowOn<operations::Answer>(
        backends_.quick, [&] { return RunNow(backends_.dispatcher, *prepared); },
        BoundOf(*prepared));
  }
  if (!answer) {
    co_return ErrorAnswer(
        400, domain::error::kRateExceeded.Because(hashes ? "hash queue full" : "quick queue full"));
  }
  co_return std::move(*answer);
}

// Runs a call that needs long computations. nullopt: there is no place for it.
asio::awaitable<std::optional<operations::Answer>> AwsJson::RunLong(
    const operations::Prepared& prepared, std::string_view address) const {
  using Early = std::optional<operations::Answer>;
  const bool revokes = operations::Dispatcher::Revokes(prepared);
  const WorkerPool::Bound bound = BoundOf(prepared);
  std::optional<domain::Shares::Place> place;
  if (operations::Dispatcher::NeedsCaller(prepared)) {
    // A caller who is not allowed to call must not take a place from others.
    auto refusal = co_await OnPool<Early>(
        backends_.quick, [&] { return RefuseNow(backends_.dispatcher, prepared); }, bound);
    if (!refusal) co_return std::nullopt;
    if (*refusal) co_return std::move(**refusal);
  } else if (const auto owner = StrangerAt(backends_, address); owner && !revokes) {
    place = backends_.hash_shares->Take(*owner);
    if (!place) co_return std::nullopt;
  }
  // The threads of that pool have low priority, which the sending of the answer should not have.
  co_return co_await OnPool<operations::Answer>(
      revokes ? backends_.hash_revoking : backends_.hash,
      [&] { return RunNow(backends_.dispatcher, prepared); }, bound);
}

asio::awaitable<Response> AwsJson::Call(const Request& request, const Peer& peer,
                                        const std::string& request_id) const {
  Exchange exchange(backends_, peer, request_id);
  std::string operation = "unknown";
  operations::Answer answer = co_await Run(request, peer, request_id, operation);
  const bool released = co_await exchange.AwaitRelease(answer.wait);
  if (!released) {
    answer = ErrorAnswer(500, base::InternalError("the release could not be confirmed"));
  }

  if (answer.caller_is_known) exchange.CallerIsKnown();
  Response response;
  response.status = answer.status;
  response.content_type = kAwsJson;
  response.headers = kExposedHeaders;
  if (!answer.error_code.empty()) response.AddHeader("x-amzn-errortype", answer.error_code);
  response.body = std::move(answer.body);
  exchange.Finish(operation, answer.error_code, answer.cause, response);
  co_return response;
}

Response AwsJson::Preflight() {
  Response response;
  response.headers =
      "Access-Control-Allow-Origin: *\r\n"
      "Access-Control-Allow-Methods: POST\r\n"
      "Access-Control-Allow-Headers: amz-sdk-invocation-id,amz-sdk-request,authorization,"
      "cache-control,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,"
      "x-amz-target,x-amz-user-agent,x-amzn-trace-id\r\n"
      "Access-Control-Max-Age: 172800\r\n"
      "Vary: Origin\r\n";
  response.headers += kExposedHeaders.substr(kExposedHeaders.find('\n') + 1);
  return response;
}

}  // namespace sallyport::http
