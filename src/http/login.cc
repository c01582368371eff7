#include "http/login.h"

#include <fmt/format.h>

#include <utility>

#include "domain/errors.h"
#include "domain/limits/shares.h"
#include "domain/limits/throttle.h"
#include "http/exchange.h"
#include "http/on_pool.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;

// The headers of every page: a browser must not take it for another type of content, may show it in
// no frame, and tells its URL to no other site.
constexpr std::string_view kLoginPageHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n";

Response EncodePage(login::BrowserResponse answer) {
  Response response;
  response.status = answer.status;
  response.content_type = answer.content_type;
  response.headers = kLoginPageHeaders;
  response.AddHeader("Cache-Control",
                     answer.cacheable ? "public, max-age=86400, immutable" : "no-store");
  if (!answer.location.empty()) response.AddHeader("Location", answer.location);
  if (!answer.security_policy.empty()) {
    response.AddHeader("Content-Security-Policy", answer.security_policy);
  }
  for (const std::string& cookie : answer.set_cookies) response.AddHeader("Set-Cookie", cookie);
  response.body = std::move(answer.body);
  return response;
}

}  // namespace

std::optional<Login::Target> Login::Find(std::string_view path) {
  std::string_view pool_id;
  const login::BrowserEndpoint* const endpoint = login::FindEndpoint(path, &pool_id);
  if (endpoint == nullptr) return std::nullopt;
  return Target{endpoint, pool_id};
}

asio::awaitable<login::BrowserResponse> Login::Run(const login::BrowserEndpoint& endpoint,
                                                   const login::BrowserRequest& input) const {
  const login::Work work = input.method == "POST" ? endpoint.post : endpoint.get;
  const auto run = [&] { return endpoint.run(backends_.services, input); };
  std::optional<login::BrowserResponse> answer;
  if (work == login::Work::kHash) {
    // Nobody at one address may have all places.
    const domain::Throttle* const throttle = backends_.services.throttle;
    const auto owner = throttle != nullptr ? throttle->CountedAs(input.context.ip) : std::nullopt;
    std::optional<domain::Shares::Place> place;
    if (owner) place = backends_.hash_shares->Take(*owner);
    if (!owner || place) {
      answer = co_await OnPool<login::BrowserResponse>(backends_.hash, run);
    }
  } else if (work == login::Work::kHashRevoking) {
    answer = co_await OnPool<login::BrowserResponse>(backends_.hash_revoking, run,
                                                     WorkerPool::Bound::kNone);
  } else {
    answer = co_await OnPoolFromNowOn<login::BrowserResponse>(
        backends_.quick, run,
        work == login::Work::kRevokes ? WorkerPool::Bound::kNone : WorkerPool::Bound::kQueue);
  }
  if (!answer) co_return login::Trouble(input, domain::error::kRateExceeded.Because("queue full"));
  co_return std::move(*answer);
}

asio::awaitable<Response> Login::Call(const Target& target, const Request& request,
                                      const Peer& peer, const std::string& request_id) const {
  if (!ListsMethod(target.endpoint->methods, request)) {
    Response response;
    response.status = 405;
    response.headers = kLoginPageHeaders;
    response.AddHeader("Allow", target.endpoint->methods);
    co_return response;
  }
  Exchange exchange(backends_, peer, request_id);
  const login::BrowserRequest input{.pool_id = target.pool_id,
                                    .host = Header(request, "Host"),
                                    .method = MethodToRun(request),
                                    .query = Query(request),
                                    .content_type = Header(request, "Content-Type"),
                                    .body = request.body(),
                                    .cookies = Header(request, "Cookie"),
                                    .accept_language = Header(request, "Accept-Language"),
                                    .context = {peer.address, Header(request, "User-Agent")},
                                    .forms_need_no_token = backends_.any_credentials,
                                    .accounts = &accounts_};
  login::BrowserResponse answer = co_await Run(*target.endpoint, input);
  const bool released = co_await exchange.AwaitRelease(answer.wait);
  if (!released) {
    answer = login::Trouble(input, base::InternalError("the release could not be confirmed"));
  }
  if (answer.caller_is_known) exchange.CallerIsKnown();
  const std::string code = answer.error_code;
  const std::string cause = answer.cause;
  Response response = EncodePage(std::move(answer));
  exchange.Finish(target.endpoint->path, code, cause, response);
  co_return response;
}

}  // namespace sallyport::http
