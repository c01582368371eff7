#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/pool_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateUserPool(Call& call, const json::object& input) {
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    SALLYPORT_TRY(DescribeSettings(input, pool.description));
    if (std::string_view name = domain::StringMember(input, "PoolName"); !name.empty()) {
      pool.name = name;
    }
    pool.modified_millis = call.services.clock.WallMillis();
    return domain::PutPool(tx, pool);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object();
}

}  // namespace

const Operation<json::object> kUpdateUserPool = MakeOperation<RunUpdateUserPool>();

}  // namespace sallyport::operations
