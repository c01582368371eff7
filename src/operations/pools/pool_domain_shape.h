// Shared by the user pool domain operations: converts their input to domain::PoolDomain, and back.
#pragma once

#include <boost/json/object.hpp>

#include "domain/pools/pool_domain.h"

namespace sallyport::operations {

// For CreateUserPoolDomain and UpdateUserPoolDomain. With a CustomDomainConfig it is a custom
// domain.
template <typename Input>
domain::PoolDomain ReadPoolDomain(const Input& input, int64_t now_millis) {
  domain::PoolDomain domain;
  domain.name = input.domain();
  domain.pool_id = input.user_pool_id();
  domain.managed_login_version = input.managed_login_version(1);
  domain.created_millis = now_millis;
  if (const auto config = input.custom_domain_config()) {
    domain.custom = true;
    domain.custom_config = config->json();
  }
  if (const auto routing = input.routing()) domain.routing = routing->json();
  return domain;
}

// The answer to both. For a custom domain, CloudFrontDomain is the host to which its DNS record
// must point; here that is this server.
boost::json::object PoolDomainAnswer(const domain::Settings& settings,
                                     const domain::PoolDomain& domain);

// DomainDescriptionType.
boost::json::object DomainDescriptionType(const domain::Settings& settings,
                                          const domain::PoolDomain& domain);

}  // namespace sallyport::operations
