// DescribeUserPoolDomain: shows a domain and the pool that has it.
#include <boost/json/value.hpp>
#include <optional>

#include "operations/operation.h"
#include "operations/pools/pool_domain_shape.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// For an unknown domain the description is empty: AWS has no error for it.
base::Result<json::object> RunDescribeUserPoolDomain(
    Call& call, const api::DescribeUserPoolDomainInput& input) {
  SALLYPORT_ASSIGN(const std::optional<domain::PoolDomain> domain,
                   domain::GetPoolDomain(call.services.store, call.region, input.domain()));
  json::object description;
  if (domain) description = DomainDescriptionType(call.services.settings, *domain);
  return json::object{{"DomainDescription", std::move(description)}};
}

}  // namespace

const Operation<api::DescribeUserPoolDomainInput> kDescribeUserPoolDomain =
    MakeOperation<RunDescribeUserPoolDomain>();

}  // namespace sallyport::operations
