#include "operations/shared/resource_server_shape.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "domain/json.h"

namespace sallyport::operations {

namespace json = boost::json;
using domain::StringMember;

domain::ResourceServer ReadResourceServer(const json::object& input) {
  domain::ResourceServer server;
  server.pool_id = StringMember(input, "UserPoolId");
  server.identifier = StringMember(input, "Identifier");
  server.name = StringMember(input, "Name");
  if (const json::array* scopes = domain::ArrayMember(input, "Scopes")) {
    for (const json::value& item : *scopes) {
      const json::object& scope = item.as_object();
      server.scopes.push_back({std::string(StringMember(scope, "ScopeName")),
                               std::string(StringMember(scope, "ScopeDescription"))});
    }
  }
  return server;
}

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
