// nginx with the module, as each gate of a fleet runs it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history.h"
#include "process.h"

namespace sallyport::history {

struct NginxOptions {
  std::string binaries;   // a build's bin directory
  std::string directory;  // its own; the agent's Replica is in it
  uint16_t port = 0;
  uint16_t upstream_port = 0;
  std::vector<std::string> issuers;
  Nanos stream_recheck = 200 * kMillisecond;
  Environment environment{};
};

// Writes its configuration. The command that starts it.
Command NginxOf(const NginxOptions& options);

}  // namespace sallyport::history
