// `sallyport hook set`: sets which function a pool calls for a trigger.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> SetHook(Invocation& invocation);

}  // namespace sallyport::cli
