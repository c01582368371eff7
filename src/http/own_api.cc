#include "http/own_api.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "codec/form.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using own_api::Environment;
using own_api::Outcome;
using own_api::Work;

// InvalidParameterException where the type of the body is not application/json (which prevents
// pages of other sites from sending it), or the body is not a JSON object.
base::Result<json::object> BodyOf(const Request& request) {
  if (Header(request, "Content-Type") != kJson) return domain::error::kBodyNotJson();
  json::error_code error;
  json::value body = json::parse(request.body(), error);
  if (error || !body.is_object()) return domain::error::kBodyNotObject();
  return std::move(body.get_object());
}

base::Result<Work> WorkOf(const own_api::Endpoint& endpoint, const Request& request) {
  SALLYPORT_ASSIGN(const json::object body, BodyOf(request));
  return endpoint.parse(body);
}

// 400 for errors that the caller can correct, 429 where too many calls wait, 503 for a full disk,
// and 500 without details for all others.
Response RefusalOf(const base::Error& error) {
  const bool theirs =
      error.code == base::code::kInvalidParameter || error.code == base::code::kResourceConflict ||
      error.code == base::code::kResourceNotFound || error.code == base::code::kUserNotFound;
  if (theirs) return JsonError(400, error);
  if (error.code == base::code::kTooManyRequests) return JsonError(429, error);
  if (store::IsDiskFull(error)) return JsonError(503, error);
  return JsonError(500, base::InternalError({}));
}

// Runs on a worker thread.
Outcome Do(const Work& work, const Environment& environment) {
  Outcome outcome{.answer = base::InternalError({})};
  try {
    outcome = work.run(environment);
  } catch (const std::exception& error) {
    outcome = {.answer = base::InternalError(error.what())};
  }
  if (!work.revokes || outcome.answer) return outcome;
  // Part of the work may have been done.
  const auto barrier = environment.services.store.Barrier();
  if (barrier) outcome.wait = *barrier;
  return outcome;
}

WorkerPool& LaneOf(const Backends& backends, const Work& work) {
  if (!work.computes_long) return backends.quick;
  return work.revokes ? backends.hash_revoking : backends.hash;
}

asio::awaitable<base::Result<json::object>> Perform(const Backends& backends, const Work& work,
                                                    Exchange& exchange) {
  Environment environment{
      .services = backends.services, .feed_addresses = backends.feed_addresses(), .feed = {}};
  if (work.needs_feed_status) environment.feed = co_await backends.hub.GetStatus();
  // 5. Do the work. Calls that revoke are never refused because too many calls wait.
  std::optional<Outcome> outcome = co_await OnPool<Outcome>(
      LaneOf(backends, work), [&] { return Do(work, environment); },
      work.revokes ? WorkerPool::Bound::kNone : WorkerPool::Bound::kQueue);
  if (!outcome) co_return domain::error::kRateExceeded();
  // 6. Wait until what the work has ended is refused everywhere.
  bool over = true;
  if (outcome->ended_agent) {
    over = co_await backends.hub.Withdraw(outcome->ended_agent->name,
                                          std::move(outcome->ended_agent->key_id));
  }
  const bool released = co_await exchange.AwaitRelease(outcome->wait);
  if (outcome->answer && !released)
    co_return base::InternalError("the revocation was not confirmed in time");
  if (outcome->answer && !over)
    co_return base::InternalError("it could not be confirmed that the leases have ended");
  co_return std::move(outcome->answer);
}

struct Answered {
  bool signed_well = false;
  base::Result<json::object> body;
};

asio::awaitable<Answered> Answer(const Backends& backends, const own_api::Endpoint& endpoint,
                                 const Request& request, Exchange& exchange) {
  // 2. Authenticate the caller, who must sign with the server's credentials, for one region.
  const auto region = backends.verify_signature(ToSigned(request));
  if (!region) co_return Answered{false, region.error()};
  exchange.CallerIsKnown();
  // 3. Parse what the call asks for.
  const auto work = WorkOf(endpoint, request);
  if (!work) co_return Answered{true, work.error()};
  // 4. Check the pool's region: a call that is signed for one region must not find a pool of
  //    another.
  if (!work->pool_id.empty()) {
    const base::Status here = domain::CheckPoolRegion(work->pool_id, *region);
    if (!here) co_return Answered{true, here.error()};
  }
  base::Result<json::object> body = co_await Perform(backends, *work, exchange);
  co_return Answered{true, std::move(body)};
}

// Runs on a worker thread.
base::Result<own_api::Shown> Look(const own_api::Page& page, const own_api::PageCall& call) {
  try {
    return page.show(call);
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

// A browser uses only the styles in a page's HTML, and loads nothing that the page names.
constexpr const char* kPageHeaders =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

}  // namespace

asio::awaitable<Response> CallOwnApi(const Backends& backends, const own_api::Endpoint& endpoint,
                                     const Request& request, const Peer& peer,
                                     const std::string& request_id) {
  // 1. Check the method.
  if (request.method() != boost::beast::http::verb::post) {
    Response refusal = JsonError(405, "MethodNotAllowed", "Method Not Allowed");
    refusal.AddHeader("Allow", "POST");
    co_return refusal;
  }
  Exchange exchange(backends, peer, request_id);
  const Answered answered = co_await Answer(backends, endpoint, request, exchange);
  // 7. Answer, count and log, also what was refused.
  Response response;
  if (answered.body) {
    response.content_type = kJson;
    response.body = json::serialize(*answered.body);
    exchange.Finish(endpoint.name, "", "", response);
    co_return response;
  }
  const base::Error& error = answered.body.error();
  response = answered.signed_well ? RefusalOf(error) : JsonError(403, error);
  exchange.Finish(endpoint.name, error.code, error.cause, response);
  co_return response;
}

asio::awaitable<Response> ShowOwnPage(const Backends& backends, const own_api::Page& page,
                                      const Request& request) {
  const auto query = codec::Form::Parse("application/x-www-form-urlencoded", Query(request));
  if (!query) co_return JsonError(400, domain::error::kQueryNotForm());
  const own_api::PageCall call{
      .services = backends.services,
      .query = *query,
      .for_browser = Header(request, "Accept").find("text/html") != std::string_view::npos,
      .describe_hooks = backends.describe_hooks};
  const auto shown = co_await OnPool<base::Result<own_api::Shown>>(
      backends.quick, [&] { return Look(page, call); });
  if (!shown) co_return JsonError(429, domain::error::kRateExceeded());
  if (!*shown) co_return JsonError(500, base::InternalError({}));
  co_return Response{.status = 200,
                     .content_type = (*shown)->is_html ? kHtml : kJson,
                     .headers = kPageHeaders,
                     .body = (*shown)->body};
}

}  // namespace sallyport::http
