#include "operations/pools/pool_domain_shape.h"

#include <fmt/chrono.h>

#include <boost/json/value.hpp>
#include <chrono>

#include "domain/pools/pool.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// In AWS's format, the time of the deployment: "20190128175402".
std::string Version(int64_t millis) {
  return fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(static_cast<std::time_t>(millis / 1000)));
}

// In AWS, where the domain's own pages are stored. Here it is only a name in AWS's format; nothing
// is stored there.
std::string AssetsBucket(const domain::PoolDomain& domain) {
  return "aws-cognito-prod-" + std::string(domain::RegionOf(domain.pool_id)) + "-assets";
}

}  // namespace

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
                    {"S3Bucket", AssetsBucket(domain)},
                    {"CloudFrontDistribution", domain::PublicHost(settings)},
                    {"Version", Version(domain.created_millis)},
                    {"Status", "ACTIVE"},
                    {"ManagedLoginVersion", domain.managed_login_version}};
  type["CustomDomainConfig"] = domain.custom_config;
  if (!domain.routing.empty()) type["Routing"] = domain.routing;
  return type;
}

}  // namespace sallyport::operations
