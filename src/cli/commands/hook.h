// `sallyport hook list` and `sallyport hook run`.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ListHooks(Invocation& invocation);
base::Result<int> RunHook(Invocation& invocation);

}  // namespace sallyport::cli
