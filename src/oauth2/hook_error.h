// How the token endpoint answers when a function of the pool refuses or fails.
#pragma once

#include "base/result.h"

namespace sallyport::oauth2 {

// invalid_request with the function's message, reduced to the characters that RFC 6749, section
// 5.2, allows. It is not invalid_grant, because the refresh token is still valid and an app that
// reads invalid_grant signs its user out. Precondition: domain::IsHookError(error).
base::Error HookError(base::Error error);

}  // namespace sallyport::oauth2
