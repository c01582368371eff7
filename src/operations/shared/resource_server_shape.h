// What the resource server operations share: from input to domain::ResourceServer, and back.
#pragma once

#include <boost/json/object.hpp>

#include "domain/resource_server.h"

namespace sallyport::operations {

// Of CreateResourceServer or UpdateResourceServer. Scopes that are not given are none: an update
// takes away what it does not name, as AWS's does.
domain::ResourceServer ReadResourceServer(const boost::json::object& input);

// ResourceServerType.
boost::json::object ResourceServerType(const domain::ResourceServer& server);

}  // namespace sallyport::operations
