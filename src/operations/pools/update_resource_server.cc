// UpdateResourceServer: replaces the name and the scopes of a resource server. Scopes that are not
// given are removed.
#include <boost/json/value.hpp>

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/resource_server_shape.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateResourceServer(Call& call,
                                                   const api::UpdateResourceServerInput& input) {
  const domain::ResourceServer server = ReadResourceServer(input);
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, server.pool_id));
    return domain::UpdateResourceServer(tx, server);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"ResourceServer", ResourceServerType(server)}};
}

}  // namespace

const Operation<api::UpdateResourceServerInput> kUpdateResourceServer =
    MakeOperation<RunUpdateResourceServer>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
