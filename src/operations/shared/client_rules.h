// The combinations of an app client's settings that AWS refuses, in AWS's words.
#pragma once

#include "base/result.h"
#include "domain/client.h"
#include "domain/pool.h"

namespace sallyport::operations {

// `client` as it would be stored. InvalidParameterException, InvalidOAuthFlowException or
// ScopeDoesNotExistException.
base::Status CheckClient(const domain::Pool& pool, const domain::Client& client);

}  // namespace sallyport::operations
