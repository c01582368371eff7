// `sallyport sign-in` and the commands for a person who is signed in.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> SignIn(Invocation& invocation);
base::Result<int> RefreshSession(Invocation& invocation);

}  // namespace sallyport::cli
