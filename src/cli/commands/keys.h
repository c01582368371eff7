// `sallyport keys`: the signing keys of user pools.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ListKeys(Invocation& invocation);
// Publishes the next key, which begins to sign later by itself. With --compromised a new key signs
// at once, and the command returns when the other keys are refused everywhere.
base::Result<int> RotateKeys(Invocation& invocation);

}  // namespace sallyport::cli
