// DeleteUserPoolDomain: takes a domain away from a pool.
#include "domain/pools/pool_domain.h"
#include "domain/records/commit.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDeleteUserPoolDomain(Call& call,
                                                   const api::DeleteUserPoolDomainInput& input) {
  const auto remove = [&](store::Tx& tx) {
    return domain::DeletePoolDomain(tx, input.user_pool_id(), input.domain());
  };
  SALLYPORT_TRY(domain::Commit(call.services, remove));
  return json::object();
}

}  // namespace

const Operation<api::DeleteUserPoolDomainInput> kDeleteUserPoolDomain =
    MakeOperation<RunDeleteUserPoolDomain>();

}  // namespace sallyport::operations
