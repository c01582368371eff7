#include "http/lock_outs.h"

#include <boost/json/object.hpp>
#include <utility>

#include "base/error_codes.h"
#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_looks.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/users/user.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "http/own_json.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

struct AskedOfLockOuts {
  std::string pool_id;
  std::string username;
  bool lifts = false;
};

base::Result<AskedOfLockOuts> ParseLockOuts(const Request& request) {
  SALLYPORT_ASSIGN(const json::object input, JsonBody(request));
  for (const std::string_view name : {"UserPoolId", "Username", "Action"}) {
    const json::value* value = input.if_contains(name);
    if (value != nullptr && !value->is_string()) return domain::error::kMemberNotText(name);
  }
  const std::string_view action = domain::StringMember(input, "Action");
  if (action != "SHOW" && action != "LIFT") return domain::error::kUnknownLockOutAction();
  return AskedOfLockOuts{.pool_id = std::string(domain::StringMember(input, "UserPoolId")),
                         .username = std::string(domain::StringMember(input, "Username")),
                         .lifts = action == "LIFT"};
}

using LockOutAnswer = base::Result<json::object>;

LockOutAnswer RunLockOuts(const domain::Services& services, const AskedOfLockOuts& asked) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(services, asked.pool_id));
  SALLYPORT_ASSIGN(const domain::User user,
                   domain::RequireUser(services.store, *pool, asked.username));
  const domain::GuessSubject subject = domain::GuessSubjectOf(pool->id, user.sub);
  if (asked.lifts) {
    SALLYPORT_TRY(domain::Commit(services, [&](store::Tx& tx) {
      return domain::ClearPasswordGuesses(tx, pool->id, user.sub);
    }));
    services.password_looks.Forget(subject);
  }
  SALLYPORT_ASSIGN(const domain::PasswordGuesses guesses,
                   services.password_looks.Read(services, subject));
  const store::WatchedTime now = services.clock.watched();
  const bool locked = guesses.IsLockedOut(now);
  // Rounded up: who comes back then is let in.
  const int64_t left = locked ? (guesses.until_millis - now.millis() + 999) / 1000 : 0;
  return json::object{{"Username", user.username},
                      {"WrongPasswords", guesses.wrong},
                      {"LockedOut", locked},
                      {"SecondsLeft", left}};
}

}  // namespace

asio::awaitable<Response> LockOuts(const Backends& backends, const Request& request,
                                   const Peer& peer, const std::string& request_id) {
  if (request.method() != boost::beast::http::verb::post) {
    Response refusal = JsonError(405, "MethodNotAllowed", "Method Not Allowed");
    refusal.AddHeader("Allow", "POST");
    co_return refusal;
  }
  const auto verified = backends.verify_signature(ToSigned(request));
  if (!verified) co_return JsonError(403, verified.error());
  const auto asked = ParseLockOuts(request);
  if (!asked) co_return JsonRefusal(asked.error());
  Exchange exchange(backends, peer, request_id);
  auto done = co_await OnPool<LockOutAnswer>(backends.quick, [&] {
    return Guarded<json::object>([&] { return RunLockOuts(backends.services, *asked); });
  });
  if (!done) co_return JsonError(429, domain::error::kRateExceeded());
  const LockOutAnswer answer = std::move(*done);
  Response response = answer ? JsonAnswer(*answer) : JsonRefusal(answer.error());
  exchange.Finish("LockOuts", answer ? "" : answer.error().code, answer ? "" : answer.error().cause,
                  response);
  co_return response;
}

}  // namespace sallyport::http
