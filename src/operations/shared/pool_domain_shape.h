// What the user pool domain operations share: from input to domain::PoolDomain, and back.
#pragma once

#include <boost/json/object.hpp>

#include "domain/pool_domain.h"

namespace sallyport::operations {

// Of CreateUserPoolDomain or UpdateUserPoolDomain. A CustomDomainConfig makes it a custom domain.
domain::PoolDomain ReadPoolDomain(const boost::json::object& input, int64_t now_millis);

// The answer to both: CloudFrontDomain, for a custom domain, is what its DNS record must point at,
// which here is this server.
boost::json::object PoolDomainAnswer(const domain::Settings& settings,
                                     const domain::PoolDomain& domain);

// DomainDescriptionType.
boost::json::object DomainDescriptionType(const domain::Settings& settings,
                                          const domain::PoolDomain& domain);

}  // namespace sallyport::operations
