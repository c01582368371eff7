// UpdateUserPoolDomain: changes the certificate or the branding version of a pool's domain.
#include <boost/json/value.hpp>

#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/pool_domain_shape.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateUserPoolDomain(Call& call,
                                                   const api::UpdateUserPoolDomainInput& input) {
  const domain::PoolDomain changes = ReadPoolDomain(input, call.services.clock.WallMillis());
  domain::PoolDomain updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(updated, domain::UpdatePoolDomain(tx, changes));
    return {};
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return PoolDomainAnswer(call.services.settings, updated);
}

}  // namespace

const Operation<api::UpdateUserPoolDomainInput> kUpdateUserPoolDomain =
    MakeOperation<RunUpdateUserPoolDomain>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
