#include "own_api/keys.h"

#include <boost/json/array.hpp>
#include <utility>

#include "domain/errors.h"
#include "domain/keys/key_rotation.h"
#include "domain/records/json.h"

namespace sallyport::own_api {
namespace {

namespace json = boost::json;

json::object ShownKeys(const std::vector<domain::TokenKeyStatus>& keys) {
  json::array rows;
  for (const domain::TokenKeyStatus& key : keys) {
    json::object row{{"Kid", key.kid},
                     {"State", domain::NameOf(key.stage)},
                     {"Published", IsoTime(key.published_millis)},
                     {"Since", IsoTime(key.since_millis)}};
    if (key.until_millis) row["Until"] = IsoTime(*key.until_millis);
    rows.emplace_back(std::move(row));
  }
  return {{"Keys", std::move(rows)}};
}

base::Result<json::object> ListKeys(const Environment& environment, const std::string& pool_id) {
  SALLYPORT_ASSIGN(const auto keys, domain::ListKeyStatus(environment.services, pool_id));
  return ShownKeys(keys);
}

Outcome RotateKeys(const Environment& environment, const std::string& pool_id) {
  const base::Status begun = domain::BeginRotation(environment.services, pool_id);
  if (!begun) return {.answer = begun.error()};
  return {.answer = ListKeys(environment, pool_id)};
}

Outcome ReplaceKeys(const Environment& environment, const std::string& pool_id) {
  const auto replaced = domain::ReplaceTokenKeysNow(environment.services, pool_id);
  if (!replaced) return {.answer = replaced.error()};
  return {.answer = ListKeys(environment, pool_id), .wait = *replaced};
}

}  // namespace

base::Result<Work> ParseKeys(const json::object& body) {
  SALLYPORT_TRY(CheckTexts(body, {"Action", "UserPoolId"}));
  const std::string_view action = domain::StringMember(body, "Action");
  const std::string pool_id(domain::StringMember(body, "UserPoolId"));
  if (pool_id.empty()) return domain::error::kMemberNotText("UserPoolId");
  if (action == "LIST") {
    return Work{.pool_id = pool_id, .run = [pool_id](const Environment& environment) {
                  return Outcome{.answer = ListKeys(environment, pool_id)};
                }};
  }
  if (action == "ROTATE") {
    return Work{.pool_id = pool_id,
                .computes_long = true,
                .run = [pool_id](const Environment& environment) {
                  return RotateKeys(environment, pool_id);
                }};
  }
  if (action == "REPLACE") {
    return Work{.pool_id = pool_id,
                .computes_long = true,
                .revokes = true,
                .run = [pool_id](const Environment& environment) {
                  return ReplaceKeys(environment, pool_id);
                }};
  }
  return domain::error::kUnknownKeyAction();
}

}  // namespace sallyport::own_api
