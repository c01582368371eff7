// DescribeUserPool: shows a pool with all its settings and an estimate of how many users it has.
#include <boost/json/value.hpp>

#include "domain/pools/pool.h"
#include "operations/operation.h"
#include "operations/pools/pool_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserPool(Call& call,
                                               const api::DescribeUserPoolInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const int64_t users, domain::EstimateUsers(call.services.store, pool->id));
  return json::object{{"UserPool", UserPoolType(call.services.settings, *pool, users)}};
}

}  // namespace

const Operation<api::DescribeUserPoolInput> kDescribeUserPool =
    MakeOperation<RunDescribeUserPool>();

}  // namespace sallyport::operations
