#include "own_api/lock_outs.h"

#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_looks.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::own_api {
namespace {

namespace json = boost::json;

struct AskedOfLockOuts {
  std::string pool_id;
  std::string username;
  bool lifts = false;
};

base::Result<json::object> ShowLockOut(const domain::Services& services,
                                       const AskedOfLockOuts& asked) {
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
                   services.password_looks.Read(services, services.store, subject));
  const store::WatchedTime now = services.clock.watched();
  const bool locked = guesses.IsLockedOut(now);
  // Rounded up, so that somebody who comes back then is admitted.
  const int64_t left = locked ? (guesses.until_millis - now.millis() + 999) / 1000 : 0;
  return json::object{{"Username", user.username},
                      {"WrongPasswords", guesses.wrong},
                      {"LockedOut", locked},
                      {"SecondsLeft", left}};
}

}  // namespace

base::Result<Work> ParseLockOuts(const json::object& body) {
  SALLYPORT_TRY(CheckTexts(body, {"UserPoolId", "Username", "Action"}));
  const std::string_view action = domain::StringMember(body, "Action");
  if (action != "SHOW" && action != "LIFT") return domain::error::kUnknownLockOutAction();
  AskedOfLockOuts asked{.pool_id = std::string(domain::StringMember(body, "UserPoolId")),
                        .username = std::string(domain::StringMember(body, "Username")),
                        .lifts = action == "LIFT"};
  return Work{.pool_id = asked.pool_id, .run = [asked](const Environment& environment) {
                return Outcome{.answer = ShowLockOut(environment.services, asked)};
              }};
}

}  // namespace sallyport::own_api
