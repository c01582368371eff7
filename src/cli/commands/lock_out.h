// `sallyport user lock-out` and `user unlock`: lock-outs after wrong passwords.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ShowLockOut(Invocation& invocation);
base::Result<int> LiftLockOut(Invocation& invocation);

}  // namespace sallyport::cli
