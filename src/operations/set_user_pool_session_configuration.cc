// SetUserPoolSessionConfiguration: it ends no session; a user's next sign-in does.
#include "domain/commit.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/session_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolSessionConfiguration(Call& call,
                                                              const json::object& input) {
  const json::object* token_session = domain::ObjectMember(input, "TokenSession");
  const int64_t most = domain::IntMember(*token_session, "MaxPerUser");
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    SALLYPORT_TRY(CheckSessionTier(pool));
    pool.tracks_sessions = domain::StringMember(input, "UserSessionTracking") == "ENABLED";
    pool.most_sessions = most;
    pool.modified_millis = call.services.clock.WallMillis();
    answer = PoolSessionConfiguration(pool);
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation kSetUserPoolSessionConfiguration{RunSetUserPoolSessionConfiguration};

}  // namespace sallyport::operations
