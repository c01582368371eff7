// PoolDomain: a host name under which a user pool's OAuth endpoints are found.
//
// A prefix domain's name is the prefix alone, and has no dot; a custom domain's is a host name, and
// has one. Records "domain-prefix/{region}/{prefix}" and "domain/{host name}" make a prefix unique
// in its region and a host name in this server. Earlier versions kept prefixes as
// "domain/{prefix}", unique in the server; such a record counts in its pool's region and moves when
// it is written anew. A pool has at most one domain of each kind; their names are also in its
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

// Of a pool of that region; nullopt where there is none.
base::Result<std::optional<PoolDomain>> GetPoolDomain(store::Reader& reader,
                                                      std::string_view region,
                                                      std::string_view name);

// Each within a commit, and writes the pool's description with it. ResourceNotFoundException where
// the pool does not exist; InvalidParameterException where the name is malformed, reserved or
// taken, where the pool has a domain of that kind, or where there is no such domain of the pool;
// FeatureUnavailableInTierException where the pool's tier lacks managed login.
base::Status CreatePoolDomain(store::Tx& tx, const PoolDomain& domain);
// Takes over from `changes` its branding version and what else it has; gives the domain as it is
// then.
base::Result<PoolDomain> UpdatePoolDomain(store::Tx& tx, const PoolDomain& changes);
base::Status DeletePoolDomain(store::Tx& tx, std::string_view pool_id, std::string_view name);

// What a custom domain's DNS record points at: the public URL's host, without the port.
std::string PublicHost(const Settings& settings);

// The id of the pool that a Host header names: its custom domain, or its prefix before
// ".auth.{region}.amazoncognito.com" or before "." and the public URL's host. The latter names no
// region: where pools of several have that prefix, it is the one of the server's own region, and
// otherwise the one that has had it the longest. A port and the letters' case do not matter.
// nullopt: no pool's.
base::Result<std::optional<std::string>> FindPoolOfHost(store::Reader& reader,
                                                        const Settings& settings,
                                                        std::string_view host);

}  // namespace sallyport::domain
