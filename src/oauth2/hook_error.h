// What the token endpoint answers where a pool's function refuses or fails.
#pragma once

#include "base/result.h"

namespace sallyport::oauth2 {

// invalid_request with the function's message, in the characters that RFC 6749 section 5.2 allows.
// Not invalid_grant: the refresh token is as good as before, and an app that reads invalid_grant
// signs its user out. `error`: domain::IsHookError.
base::Error HookError(base::Error error);

}  // namespace sallyport::oauth2
