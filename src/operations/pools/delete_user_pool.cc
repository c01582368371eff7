// DeleteUserPool: deletes a pool with all that is in it, unless it is protected from deletion or
// has a domain. Every token of the pool is revoked, and the answer waits until every gate refuses
// them.
#include "domain/pools/pool_removal.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<Revoked> RunDeleteUserPool(Call& call, const api::DeleteUserPoolInput& input) {
  SALLYPORT_ASSIGN(const store::Release release,
                   domain::RemovePool(call.services, input.user_pool_id()));
  return Revoked{release};
}

}  // namespace

const Operation<api::DeleteUserPoolInput> kDeleteUserPool = MakeOperation<RunDeleteUserPool>();

}  // namespace sallyport::operations
