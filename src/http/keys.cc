#include "http/keys.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/keys/key_rotation.h"
#include "domain/records/json.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "http/own_json.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

enum class KeyAction { kList, kRotate, kReplace };
constexpr std::array<std::pair<std::string_view, KeyAction>, 3> kKeyActions{
    {{"LIST", KeyAction::kList}, {"ROTATE", KeyAction::kRotate}, {"REPLACE", KeyAction::kReplace}}};

struct AskedOfKeys {
  KeyAction action = KeyAction::kList;
  std::string pool_id;
};

base::Result<AskedOfKeys> ParseKeysCall(const Request& request) {
  SALLYPORT_ASSIGN(const json::object input, JsonBody(request));
  for (const std::string_view name : {"Action", "UserPoolId"}) {
    const json::value* value = input.if_contains(name);
    if (value == nullptr || !value->is_string()) return domain::error::kMemberNotText(name);
  }
  const std::string action(domain::StringMember(input, "Action"));
  const auto* found = std::find_if(kKeyActions.begin(), kKeyActions.end(),
                                   [&](const auto& row) { return row.first == action; });
  if (found == kKeyActions.end()) return domain::error::kUnknownKeyAction();
  return AskedOfKeys{found->second, std::string(domain::StringMember(input, "UserPoolId"))};
}

using Statuses = std::vector<domain::TokenKeyStatus>;

json::object ShownKeys(const Statuses& keys) {
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

struct KeysOutcome {
  base::Result<Statuses> keys;
  store::Wait wait;
};

KeysOutcome ReplaceKeys(const domain::Services& services, const std::string& pool_id) {
  const auto replaced =
      Guarded<store::Release>([&] { return domain::ReplaceTokenKeysNow(services, pool_id); });
  if (replaced) {
    return {Guarded<Statuses>([&] { return domain::ListKeyStatus(services, pool_id); }), *replaced};
  }
  const auto barrier = services.store.Barrier();
  if (!barrier) return {barrier.error(), store::Wait::NothingRevoked()};
  return {replaced.error(), *barrier};
}

KeysOutcome RunKeys(const domain::Services& services, const AskedOfKeys& asked) {
  if (asked.action == KeyAction::kReplace) return ReplaceKeys(services, asked.pool_id);
  return {Guarded<Statuses>([&]() -> base::Result<Statuses> {
            if (asked.action == KeyAction::kRotate) {
              SALLYPORT_TRY(domain::BeginRotation(services, asked.pool_id));
            }
            return domain::ListKeyStatus(services, asked.pool_id);
          }),
          store::Wait::NothingRevoked()};
}

}  // namespace

asio::awaitable<Response> Keys(const Backends& backends, const Request& request, const Peer& peer,
                               const std::string& request_id) {
  if (request.method() != boost::beast::http::verb::post) {
    Response refusal = JsonError(405, "MethodNotAllowed", "Method Not Allowed");
    refusal.AddHeader("Allow", "POST");
    co_return refusal;
  }
  const auto verified = backends.verify_signature(ToSigned(request));
  if (!verified) co_return JsonError(403, verified.error());
  const auto asked = ParseKeysCall(request);
  if (!asked) co_return JsonRefusal(asked.error());
  Exchange exchange(backends, peer, request_id);
  // A key takes long to make.
  auto done = co_await OnPool<KeysOutcome>(
      asked->action == KeyAction::kList ? backends.quick : backends.hash,
      [&] { return RunKeys(backends.services, *asked); });
  if (!done) co_return JsonError(429, domain::error::kRateExceeded());
  base::Result<Statuses> keys = std::move(done->keys);
  if (!co_await exchange.AwaitRelease(done->wait) && keys) {
    keys = base::InternalError("not released in time");
  }
  Response response = keys ? JsonAnswer(ShownKeys(*keys)) : JsonRefusal(keys.error());
  exchange.Finish("Keys", keys ? "" : keys.error().code, keys ? "" : keys.error().cause, response);
  co_return response;
}

}  // namespace sallyport::http
