// PoolDomain: a host name under which a user pool's OAuth endpoints are found.
//
// The name of a prefix domain is the prefix and has no dot; that of a custom domain is a host name
// and has one. Records "domain-prefix/{region}/{prefix}" and "domain/{host name}" make a prefix
// unique in its region and a host name unique in this server. Earlier versions stored prefixes as
// "domain/{prefix}", unique in the server; such a record counts for its pool's region, and is moved
// when it is written again. A pool has at most one domain of each kind. Their names are also in its
// description (Domain, CustomDomain).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct PoolDomain {
  std::string name;
  std::string pool_id;
  bool custom = false;
  int64_t managed_login_version = 1;
  int64_t created_millis = 0;
  boost::json::object custom_config;  // CustomDomainConfigType; empty for a prefix domain
  boost::json::object routing;        // RoutingType; empty: none
};

// The domain of that name; a prefix is looked up in that region. nullopt where there is none.
base::Result<std::optional<PoolDomain>> GetPoolDomain(store::Reader& reader,
                                                      std::string_view region,
                                                      std::string_view name);

// These run within a commit, and also write the pool's description. ResourceNotFoundException where
// the pool does not exist; InvalidParameterException where the name is malformed, reserved or
// taken, where the pool has a domain of that kind already, or where the pool does not have that
// domain; FeatureUnavailableInTierException where the pool's tier has no managed login.
base::Status CreatePoolDomain(store::Tx& tx, const PoolDomain& domain);
// Takes the branding version and the other changeable members from `changes`, and gives the domain
// as it then is.
base::Result<PoolDomain> UpdatePoolDomain(store::Tx& tx, const PoolDomain& changes);
base::Status DeletePoolDomain(store::Tx& tx, std::string_view pool_id, std::string_view name);

// The host to which the DNS record of a custom domain must point: the host of the public URL,
// without the port.
std::string PublicHost(const Settings& settings);

// The id of the pool that a Host header names: by its custom domain, or by its prefix before
// ".auth.{region}.amazoncognito.com" or before "." and the public URL's host. The last form names
// no region: where pools of several regions have the prefix, the one of the server's own region is
// meant, or else the one that has had it longest. Port and letter case are ignored. nullopt: the
// name is that of no pool.
base::Result<std::optional<std::string>> FindPoolOfHost(store::Reader& reader,
                                                        const Settings& settings,
                                                        std::string_view host);

}  // namespace sallyport::domain
