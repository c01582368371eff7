// What the resource server operations share: from input to domain::ResourceServer, and back.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "domain/pools/resource_server.h"

namespace sallyport::operations {

// Of CreateResourceServer or UpdateResourceServer. A member that is left out means that there are
// no scopes: an update takes away what it does not name, as AWS's does.
template <typename Input>
domain::ResourceServer ReadResourceServer(const Input& input) {
  domain::ResourceServer server;
  server.pool_id = input.user_pool_id();
  server.identifier = input.identifier();
  server.name = input.name();
  for (const auto scope : input.scopes()) {
    server.scopes.push_back(
        {std::string(scope.scope_name()), std::string(scope.scope_description())});
  }
  return server;
}

// ResourceServerType.
boost::json::object ResourceServerType(const domain::ResourceServer& server);

}  // namespace sallyport::operations
