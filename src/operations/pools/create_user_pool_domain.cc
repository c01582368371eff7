// CreateUserPoolDomain: gives a pool a prefix domain or a custom domain, under which its OAuth
// endpoints are found.
#include <boost/json/value.hpp>

#include "domain/records/commit.h"
#include "operations/operation.h"
#include "operations/pools/pool_domain_shape.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunCreateUserPoolDomain(Call& call,
                                                   const api::CreateUserPoolDomainInput& input) {
  const domain::PoolDomain domain = ReadPoolDomain(input, call.services.clock.WallMillis());
  const auto create = [&](store::Tx& tx) { return domain::CreatePoolDomain(tx, domain); };
  SALLYPORT_TRY(domain::Commit(call.services, create));
  return PoolDomainAnswer(call.services.settings, domain);
}

}  // namespace

const Operation<api::CreateUserPoolDomainInput> kCreateUserPoolDomain =
    MakeOperation<RunCreateUserPoolDomain>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
