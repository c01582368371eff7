// `sallyport outbox`.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ShowOutbox(Invocation& invocation);

}  // namespace sallyport::cli
