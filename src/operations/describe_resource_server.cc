#include <boost/json/value.hpp>

#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/resource_server_shape.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeResourceServer(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(const domain::ResourceServer server,
                   domain::GetResourceServer(call.services.store, pool->id,
                                             domain::StringMember(input, "Identifier")));
  return json::object{{"ResourceServer", ResourceServerType(server)}};
}

}  // namespace

const Operation kDescribeResourceServer{RunDescribeResourceServer};

}  // namespace sallyport::operations
