// `sallyport agents`: the keys of the agents that keep gates up to date.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

// Enrols one and writes the file that it is started with.
base::Result<int> AddAgent(Invocation& invocation);
base::Result<int> ListAgents(Invocation& invocation);
// Returns when its connections have ended and its leases are over.
base::Result<int> RemoveAgent(Invocation& invocation);

}  // namespace sallyport::cli
