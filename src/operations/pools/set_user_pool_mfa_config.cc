// SetUserPoolMfaConfig: stores a pool's settings for second factors. A setting that would have to
// protect somebody, and does not yet, is refused (settings_table.h).
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/mfa_config.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolMfaConfig(Call& call,
                                                   const api::SetUserPoolMfaConfigInput& input) {
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_TRY(SetMfaConfig(input, pool));
    pool.modified_millis = call.services.clock.WallMillis();
    answer = MfaConfig(pool);
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation<api::SetUserPoolMfaConfigInput> kSetUserPoolMfaConfig =
    MakeOperation<RunSetUserPoolMfaConfig>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
