// DescribeResourceServer: shows one resource server of a pool with its scopes.
#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/pools/resource_server_shape.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeResourceServer(
    Call& call, const api::DescribeResourceServerInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::ResourceServer server,
                   domain::GetResourceServer(call.services.store, pool->id, input.identifier()));
  return json::object{{"ResourceServer", ResourceServerType(server)}};
}

}  // namespace

const Operation<api::DescribeResourceServerInput> kDescribeResourceServer =
    MakeOperation<RunDescribeResourceServer>();

}  // namespace sallyport::operations
