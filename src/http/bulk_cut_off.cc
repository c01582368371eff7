#include "http/bulk_cut_off.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/json.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "http/own_json.h"
#include "operations/sessions/bulk_cut_off.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using operations::CutOff;

constexpr std::string_view kCount = "COUNT";
constexpr std::array<std::pair<std::string_view, CutOff>, 3> kActions{
    {{"SIGN_OUT", CutOff::kSignOut}, {"DISABLE", CutOff::kDisable}, {"DELETE", CutOff::kDelete}}};

struct Asked {
  operations::BulkCutOff page;
  bool counts = false;  // COUNT
};

base::Result<Asked> Parse(const Request& request) {
  SALLYPORT_ASSIGN(const json::object input, JsonBody(request));
  Asked parsed;
  operations::BulkCutOff& asked = parsed.page;
  asked.pool_id = domain::StringMember(input, "UserPoolId");
  asked.filter = domain::StringMember(input, "Filter");
  asked.cursor = domain::StringMember(input, "Cursor");
  // A filter that is no text must not mean everybody.
  for (const std::string_view name : {"UserPoolId", "Filter", "Cursor", "Action"}) {
    const json::value* value = input.if_contains(name);
    if (value != nullptr && !value->is_string()) return domain::error::kMemberNotText(name);
  }
  if (input.contains("Filter") && asked.filter.empty()) return domain::error::kFilterEmpty();
  const int64_t limit =
      domain::IntMember(input, "Limit", static_cast<int64_t>(operations::BulkCutOff().limit));
  if (limit < 1 || limit > static_cast<int64_t>(operations::kGreatestBulkLimit)) {
    return domain::error::kLimitOutOfRange();
  }
  asked.limit = static_cast<size_t>(limit);
  const std::string_view action = domain::StringMember(input, "Action");
  parsed.counts = action == kCount;
  if (parsed.counts) return parsed;
  for (const auto& [name, act] : kActions) {
    if (name != action) continue;
    asked.act = act;
    return parsed;
  }
  return domain::error::kUnknownCutOffAction();
}

Response Shown(const operations::BulkCutOffPage& page) {
  json::object body{{"Users", page.users},
                    {"Usernames", json::array(page.usernames.begin(), page.usernames.end())}};
  if (!page.next.empty()) body["Cursor"] = page.next;
  return JsonAnswer(body);
}

struct Outcome {
  base::Result<operations::BulkCutOffPage> page;
  store::Wait wait;
};

Outcome Run(const domain::Services& services, const Asked& asked) {
  if (asked.counts) {
    return {Guarded<operations::BulkCutOffPage>(
                [&] { return operations::CountUsers(services, asked.page); }),
            store::Wait::NothingRevoked()};
  }
  auto done = Guarded<operations::CutOffPage>(
      [&] { return operations::CutOffUsers(services, asked.page); });
  if (done) return {std::move(done->page), done->release};
  // A part of the page may be done.
  const auto barrier = services.store.Barrier();
  if (!barrier) return {barrier.error(), store::Wait::NothingRevoked()};
  return {std::move(done).error(), *barrier};
}

}  // namespace

asio::awaitable<Response> BulkCutOff(const Backends& backends, const Request& request,
                                     const Peer& peer, const std::string& request_id) {
  if (request.method() != boost::beast::http::verb::post) {
    Response refusal = JsonError(405, "MethodNotAllowed", "Method Not Allowed");
    refusal.AddHeader("Allow", "POST");
    co_return refusal;
  }
  const auto verified = backends.verify_signature(ToSigned(request));
  if (!verified) co_return JsonError(403, verified.error());
  const auto asked = Parse(request);
  if (!asked) co_return JsonRefusal(asked.error());
  if (const auto here = domain::CheckPoolRegion(asked->page.pool_id, *verified); !here) {
    co_return JsonRefusal(here.error());
  }
  Exchange exchange(backends, peer, request_id);
  auto done = co_await OnPool<Outcome>(
      backends.quick, [&] { return Run(backends.services, *asked); }, WorkerPool::Bound::kNone);
  if (!done) co_return JsonError(429, domain::error::kRateExceeded());
  base::Result<operations::BulkCutOffPage> page = std::move(done->page);
  if (!co_await exchange.AwaitRelease(done->wait) && page) {
    page = base::InternalError("not released in time");
  }
  Response response = page ? Shown(*page) : JsonRefusal(page.error());
  exchange.Finish("BulkCutOff", page ? "" : page.error().code, page ? "" : page.error().cause,
                  response);
  co_return response;
}

}  // namespace sallyport::http
