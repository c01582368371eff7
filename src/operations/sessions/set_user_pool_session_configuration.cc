// SetUserPoolSessionConfiguration: sets whether the pool tracks sessions, and how many each user
// may have. It ends no session itself; a user who has too many loses some at the next sign-in.
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolSessionConfiguration(
    Call& call, const api::SetUserPoolSessionConfigurationInput& input) {
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_TRY(CheckSessionTier(pool));
    pool.tracks_sessions = input.user_session_tracking() == api::UserSessionTrackingType::kEnabled;
    pool.most_sessions = input.token_session().max_per_user();
    pool.modified_millis = call.services.clock.WallMillis();
    answer = PoolSessionConfiguration(pool);
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation<api::SetUserPoolSessionConfigurationInput> kSetUserPoolSessionConfiguration =
    MakeOperation<RunSetUserPoolSessionConfiguration>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
