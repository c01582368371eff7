#include "operations/shared/pool_domain_shape.h"

#include <fmt/chrono.h>

#include <boost/json/value.hpp>
#include <chrono>

#include "domain/json.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// As AWS's: the time of the deployment, "20190128175402".
std::string Version(int64_t millis) {
  return fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(static_cast<std::time_t>(millis / 1000)));
}

}  // namespace

domain::PoolDomain ReadPoolDomain(const json::object& input, int64_t now_millis) {
  domain::PoolDomain domain;
  domain.name = domain::StringMember(input, "Domain");
  domain.pool_id = domain::StringMember(input, "UserPoolId");
  domain.managed_login_version = domain::IntMember(input, "ManagedLoginVersion", 1);
  domain.created_millis = now_millis;
  if (const json::object* config = domain::ObjectMember(input, "CustomDomainConfig")) {
    domain.custom = true;
    domain.custom_config = *config;
  }
  if (const json::object* routing = domain::ObjectMember(input, "Routing")) {
    domain.routing = *routing;
  }
  return domain;
}

json::object PoolDomainAnswer(const domain::Settings& settings, const domain::PoolDomain& domain) {
  json::object answer{{"ManagedLoginVersion", domain.managed_login_version}};
  if (domain.custom) answer["CloudFrontDomain"] = domain::PublicHost(settings);
  if (!domain.routing.empty()) answer["Routing"] = domain.routing;
  return answer;
}

json::object DomainDescriptionType(const domain::Settings& settings,
                                   const domain::PoolDomain& domain) {
  json::object type{{"UserPoolId", domain.pool_id},
                    {"AWSAccountId", settings.account_id},
                    {"Domain", domain.name},
                    {"CloudFrontDistribution", domain::PublicHost(settings)},
                    {"Version", Version(domain.created_millis)},
                    {"Status", "ACTIVE"},
                    {"ManagedLoginVersion", domain.managed_login_version}};
  if (domain.custom) type["CustomDomainConfig"] = domain.custom_config;
  if (!domain.routing.empty()) type["Routing"] = domain.routing;
  return type;
}

}  // namespace sallyport::operations
