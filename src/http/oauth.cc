#include "http/oauth.h"

#include <utility>

#include "domain/errors.h"
#include "domain/limits/throttle.h"
#include "http/exchange.h"
#include "http/on_pool.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::beast::http::verb;

// RFC 6749, section 5.1. Browsers of any origin may call; they send no cookies here.
constexpr std::string_view kHeaders =
    "Cache-Control: no-store\r\n"
    "Pragma: no-cache\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Expose-Headers: WWW-Authenticate,x-amzn-RequestId,x-sallyport-confirm\r\n";
constexpr std::string_view kContentType = "application/json;charset=UTF-8";

Response Preflight(const OAuthEndpoint& endpoint) {
  Response response;
  response.headers =
      "Access-Control-Allow-Origin: *\r\n"
      "Access-Control-Allow-Headers: authorization,content-type,x-amz-user-agent\r\n"
      "Access-Control-Max-Age: 172800\r\n";
  response.AddHeader("Access-Control-Allow-Methods", endpoint.methods);
  return response;
}

Response MethodNotAllowed(const OAuthEndpoint& endpoint) {
  Response response;
  response.status = 405;
  response.headers = kHeaders;
  response.AddHeader("Allow", endpoint.methods);
  return response;
}

Response Encode(oauth2::EndpointResponse answer) {
  Response response;
  response.status = answer.status;
  response.headers = kHeaders;
  if (!answer.body.empty()) response.content_type = kContentType;
  if (!answer.www_authenticate.empty()) {
    response.AddHeader("WWW-Authenticate", answer.www_authenticate);
  }
  response.body = std::move(answer.body);
  return response;
}

}  // namespace

std::optional<OAuth::Target> OAuth::Find(std::string_view path) {
  for (const OAuthEndpoint& endpoint : kOAuthEndpoints) {
    if (!path.ends_with(endpoint.path)) continue;
    const std::string_view pool = path.substr(0, path.size() - endpoint.path.size());
    if (pool.empty()) return Target{&endpoint, {}};
    if (pool.size() > 1 && pool.front() == '/' && pool.find('/', 1) == std::string_view::npos) {
      return Target{&endpoint, pool.substr(1)};
    }
  }
  return std::nullopt;
}

// An address whose calls were refused too often has to wait. Calls of callers who have
// authenticated are not counted, and neither are those that revoke, or that have a token of this
// server's that has ended.
asio::awaitable<oauth2::EndpointResponse> OAuth::Run(const OAuthEndpoint& endpoint,
                                                     const oauth2::EndpointRequest& input) const {
  const auto nothing = store::Wait::NothingRevoked();
  domain::Throttle* const throttle = endpoint.revokes ? nullptr : backends_.services.throttle;
  const std::string_view address = input.context.ip;
  if (throttle != nullptr) {
    auto may = throttle->CheckAddress(domain::Anonymous::kRefused, address);
    if (!may) co_return oauth2::ErrorResponse(429, std::move(may).error(), nothing);
  }
  auto answer = co_await OnPoolFromNowOn<oauth2::EndpointResponse>(
      backends_.quick, [&] { return endpoint.run(backends_.services, input); },
      endpoint.revokes ? WorkerPool::Bound::kNone : WorkerPool::Bound::kQueue);
  if (!answer) {
    co_return oauth2::ErrorResponse(429, domain::error::kQueueFull.Because("queue full"), nothing);
  }
  const bool refused = answer->status == 400 || answer->status == 401;
  const bool is_strangers = !answer->caller_is_known && !answer->token_has_ended;
  if (throttle != nullptr && refused && is_strangers) {
    (void)throttle->TakeForAddress(domain::Anonymous::kRefused, address);
  }
  co_return std::move(*answer);
}

asio::awaitable<Response> OAuth::Call(const Target& target, const Request& request,
                                      const Peer& peer, const std::string& request_id) const {
  const OAuthEndpoint& endpoint = *target.endpoint;
  if (request.method() == verb::options) co_return Preflight(endpoint);
  if (!ListsMethod(endpoint.methods, request)) co_return MethodNotAllowed(endpoint);

  Exchange exchange(backends_, peer, request_id);
  const oauth2::EndpointRequest input{.pool_id = target.pool_id,
                                      .host = Header(request, "Host"),
                                      .method = MethodToRun(request),
                                      .authorization = Header(request, "Authorization"),
                                      .content_type = Header(request, "Content-Type"),
                                      .body = request.body(),
                                      .context = {peer.address, Header(request, "User-Agent")}};
  oauth2::EndpointResponse answer = co_await Run(endpoint, input);
  const bool released = co_await exchange.AwaitRelease(answer.wait);
  if (!released) {
    answer = oauth2::ErrorResponse(500, base::InternalError("the release could not be confirmed"),
                                   store::Wait::NothingRevoked());
  }
  const std::string code = answer.error_code;
  const std::string cause = answer.cause;
  if (answer.caller_is_known) exchange.CallerIsKnown();
  Response response = Encode(std::move(answer));
  exchange.Finish(endpoint.path, code, cause, response);
  co_return response;
}

}  // namespace sallyport::http
