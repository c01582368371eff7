// UpdateUserPool: replaces the settings of a pool. A setting that is not given goes back to its
// default, except tags, deletion protection and tier, which stay as they are.
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/pool_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateUserPool(Call& call, const api::UpdateUserPoolInput& input) {
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_TRY(DescribeSettings(input.json(), pool.description));
    if (!input.pool_name().empty()) pool.name = input.pool_name();
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object();
}

}  // namespace

const Operation<api::UpdateUserPoolInput> kUpdateUserPool =
    MakeOperation<RunUpdateUserPool>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
