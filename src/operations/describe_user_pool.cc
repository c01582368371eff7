#include <boost/json/value.hpp>

#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/named_resources.h"
#include "operations/shared/pool_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserPool(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, kNamedPool.Read(input).pool_id));
  SALLYPORT_ASSIGN(const int64_t users, domain::EstimateUsers(call.services, pool->id));
  return json::object{{"UserPool", UserPoolType(call.services.settings, *pool, users)}};
}

}  // namespace

const Operation kDescribeUserPool{RunDescribeUserPool};

}  // namespace sallyport::operations
