// `sallyport agents`: the keys of the agents that keep gates up to date.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

// Enrols an agent, and writes the file with which it is started.
base::Result<int> AddAgent(Invocation& invocation);
base::Result<int> ListAgents(Invocation& invocation);
// Returns when the agent's connections and leases have ended.
base::Result<int> RemoveAgent(Invocation& invocation);

}  // namespace sallyport::cli
