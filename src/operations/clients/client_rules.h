// Refuses those combinations of an app client's settings that AWS refuses, with AWS's sentences.
#pragma once

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::operations {

// `client` is as it would be stored; `reader` finds the resource servers whose scopes it names.
// InvalidParameterException, InvalidOAuthFlowException or ScopeDoesNotExistException.
base::Status CheckClient(store::Reader& reader, const domain::Pool& pool,
                         const domain::Client& client);

}  // namespace sallyport::operations
