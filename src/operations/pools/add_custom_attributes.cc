// AddCustomAttributes: adds custom attributes to the schema of a pool.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/schema.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunAddCustomAttributes(Call& call,
                                                  const api::AddCustomAttributesInput& input) {
  const auto add = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_TRY(AddCustom(input.custom_attributes(), pool));
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, add));
  return json::object();
}

}  // namespace

const Operation<api::AddCustomAttributesInput> kAddCustomAttributes =
    MakeOperation<RunAddCustomAttributes>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
