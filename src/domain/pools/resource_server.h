// ResourceServer: an API that is registered in a user pool, with the scopes that clients may be
// granted for it.
//
// Record "resource-server/{pool}/{identifier}". A scope is written as "{identifier}/{name}". A name
// has no slash in it, so the last slash separates the two.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct ResourceServer {
  struct Scope {
    std::string name;
    std::string description;
  };
  std::string pool_id;
  std::string identifier;
  std::string name;
  std::vector<Scope> scopes;
};

// Index of all resource servers, in the order "{pool id}/{identifier}".
inline constexpr std::string_view kResourceServers = "resource-servers";

// ResourceNotFoundException where there is none.
base::Result<ResourceServer> GetResourceServer(store::Reader& reader, std::string_view pool_id,
                                               std::string_view identifier);
// InvalidParameterException where the identifier is taken, or a scope occurs twice.
base::Status CreateResourceServer(store::Tx& tx, const ResourceServer& server);
// ResourceNotFoundException; InvalidParameterException where a scope occurs twice.
base::Status UpdateResourceServer(store::Tx& tx, const ResourceServer& server);
// ResourceNotFoundException.
base::Status DeleteResourceServer(store::Tx& tx, std::string_view pool_id,
                                  std::string_view identifier);

// The resource servers of the pool in the order of their identifiers; see ListPools for pages.
struct ResourceServerPage {
  std::vector<ResourceServer> servers;
  std::string next;
};
base::Result<ResourceServerPage> ListResourceServers(const Services& services,
                                                     std::string_view pool_id,
                                                     std::string_view after, size_t limit);

// The key of the resource server's record that HasResourceScope reads; nullopt: it reads none.
std::optional<std::string> ResourceServerKeyOfScope(std::string_view pool_id,
                                                    std::string_view scope);

// True where `scope` belongs to a resource server of the pool. Cheap: parsed records are cached
// while their bytes stay the same.
base::Result<bool> HasResourceScope(store::Reader& reader, std::string_view pool_id,
                                    std::string_view scope);

// The description of a scope that HasResourceScope has found; empty: the scope has been removed
// since.
base::Result<std::string> DescribeResourceScope(store::Reader& reader, std::string_view pool_id,
                                                std::string_view scope);

// RFC 6749, section 3.3: scopes are separated by spaces.
std::vector<std::string> SplitScope(std::string_view scope);

}  // namespace sallyport::domain
