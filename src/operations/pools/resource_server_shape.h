// Shared by the resource server operations: converts their input to domain::ResourceServer, and
// back.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "domain/pools/resource_server.h"

namespace sallyport::operations {

// For CreateResourceServer and UpdateResourceServer. Without the member Scopes there are no scopes:
// as in AWS, an update removes what it does not name.
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
