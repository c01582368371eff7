// CreateResourceServer: creates a resource server, which is an API with scopes that clients may be
// granted.
#include <boost/json/value.hpp>

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/resource_server_shape.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunCreateResourceServer(Call& call,
                                                   const api::CreateResourceServerInput& input) {
  const domain::ResourceServer server = ReadResourceServer(input);
  const auto create = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, server.pool_id));
    return domain::CreateResourceServer(tx, server);
  };
  SALLYPORT_TRY(domain::Commit(call.services, create));
  return json::object{{"ResourceServer", ResourceServerType(server)}};
}

}  // namespace

const Operation<api::CreateResourceServerInput> kCreateResourceServer =
    MakeOperation<RunCreateResourceServer>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
