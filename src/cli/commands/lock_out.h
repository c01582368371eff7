// `sallyport user lock-out` and `user unlock`: who is locked out by wrong passwords.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ShowLockOut(Invocation& invocation);
base::Result<int> LiftLockOut(Invocation& invocation);

}  // namespace sallyport::cli
