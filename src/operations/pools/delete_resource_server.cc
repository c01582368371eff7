// DeleteResourceServer: deletes a resource server with its scopes. Tokens that have them stay valid
// until they expire, and no new ones are issued with them.
#include "domain/pools/pool.h"
#include "domain/pools/resource_server.h"
#include "domain/records/commit.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// Clients may still name its scopes, but no token is issued with them any more, as in AWS.
base::Result<json::object> RunDeleteResourceServer(Call& call,
                                                   const api::DeleteResourceServerInput& input) {
  const auto remove = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    return domain::DeleteResourceServer(tx, pool.id, input.identifier());
  };
  SALLYPORT_TRY(domain::Commit(call.services, remove));
  return json::object();
}

}  // namespace

const Operation<api::DeleteResourceServerInput> kDeleteResourceServer =
    MakeOperation<RunDeleteResourceServer>();

}  // namespace sallyport::operations
