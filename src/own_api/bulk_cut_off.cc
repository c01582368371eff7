#include "own_api/bulk_cut_off.h"

#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/users/bulk_cut_off.h"

namespace sallyport::own_api {
namespace {

namespace json = boost::json;
using domain::CutOff;

constexpr std::string_view kCount = "COUNT";
constexpr std::array<std::pair<std::string_view, CutOff>, 3> kActions{
    {{"SIGN_OUT", CutOff::kSignOut}, {"DISABLE", CutOff::kDisable}, {"DELETE", CutOff::kDelete}}};

json::object ShownPage(const domain::BulkCutOffPage& page) {
  json::object body{{"Users", page.users},
                    {"Usernames", json::array(page.usernames.begin(), page.usernames.end())}};
  if (!page.next.empty()) body["Cursor"] = page.next;
  return body;
}

Outcome CountPage(const Environment& environment, const domain::BulkCutOff& asked) {
  const auto page = domain::CountUsers(environment.services, asked);
  if (!page) return {.answer = page.error()};
  return {.answer = ShownPage(*page)};
}

Outcome CutOffPage(const Environment& environment, const domain::BulkCutOff& asked) {
  const auto done = domain::CutOffUsers(environment.services, asked);
  if (!done) return {.answer = done.error()};
  return {.answer = ShownPage(done->page), .wait = done->release};
}

base::Result<domain::BulkCutOff> ParsePage(const json::object& body) {
  // A filter that is not a string must not be read as "no filter", which would mean everybody.
  SALLYPORT_TRY(CheckTexts(body, {"UserPoolId", "Filter", "Cursor", "Action"}));
  domain::BulkCutOff asked;
  asked.pool_id = domain::StringMember(body, "UserPoolId");
  asked.filter = domain::StringMember(body, "Filter");
  asked.cursor = domain::StringMember(body, "Cursor");
  if (body.contains("Filter") && asked.filter.empty()) return domain::error::kFilterEmpty();
  const int64_t limit =
      domain::IntMember(body, "Limit", static_cast<int64_t>(domain::BulkCutOff().limit));
  if (limit < 1 || limit > static_cast<int64_t>(domain::kGreatestBulkLimit)) {
    return domain::error::kLimitOutOfRange();
  }
  asked.limit = static_cast<size_t>(limit);
  return asked;
}

}  // namespace

base::Result<Work> ParseBulkCutOff(const json::object& body) {
  SALLYPORT_ASSIGN(domain::BulkCutOff asked, ParsePage(body));
  const std::string_view action = domain::StringMember(body, "Action");
  const std::string pool_id = asked.pool_id;
  if (action == kCount) {
    return Work{.pool_id = pool_id, .run = [asked](const Environment& environment) {
                  return CountPage(environment, asked);
                }};
  }
  for (const auto& [name, act] : kActions) {
    if (name != action) continue;
    asked.act = act;
    return Work{
        .pool_id = pool_id, .revokes = true, .run = [asked](const Environment& environment) {
          return CutOffPage(environment, asked);
        }};
  }
  return domain::error::kUnknownCutOffAction();
}

}  // namespace sallyport::own_api
