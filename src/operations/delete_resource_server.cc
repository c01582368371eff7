#include "domain/commit.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "domain/resource_server.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// Clients may go on naming its scopes; no token is issued with them any more, as in AWS.
base::Result<json::object> RunDeleteResourceServer(Call& call, const json::object& input) {
  const auto remove = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool,
                     domain::GetPool(tx, domain::StringMember(input, "UserPoolId")));
    return domain::DeleteResourceServer(tx, pool.id, domain::StringMember(input, "Identifier"));
  };
  SALLYPORT_TRY(domain::Commit(call.services, remove));
  return json::object();
}

}  // namespace

const Operation kDeleteResourceServer{RunDeleteResourceServer};

}  // namespace sallyport::operations
