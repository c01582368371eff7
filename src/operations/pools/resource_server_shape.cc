#include "operations/pools/resource_server_shape.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace sallyport::operations {

namespace json = boost::json;

json::object ResourceServerType(const domain::ResourceServer& server) {
  json::array scopes;
  for (const domain::ResourceServer::Scope& scope : server.scopes) {
    scopes.push_back(
        json::object{{"ScopeName", scope.name}, {"ScopeDescription", scope.description}});
  }
  return {{"UserPoolId", server.pool_id},
          {"Identifier", server.identifier},
          {"Name", server.name},
          {"Scopes", std::move(scopes)}};
}

}  // namespace sallyport::operations
