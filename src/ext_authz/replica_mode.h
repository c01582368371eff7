// The modes `live` and `stateless`: they decide by the Replica on this host, at once.
#pragma once

#include "authorizer/rule.h"
#include "ext_authz/mode.h"

namespace sallyport::ext_authz {

// rule.mode() says which of the two it is.
MakeMode ByReplica(authorizer::Rule rule);

}  // namespace sallyport::ext_authz
