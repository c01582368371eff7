// Proxies of other makes beside an agent, configured as docs/guide/proxies says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "process.h"

namespace sallyport::history {

struct ProxyPlace {
  std::string directory{};  // its own
  uint16_t port = 0;
  uint16_t agent_port = 0;
  std::string agent_socket{};
  uint16_t upstream_port = 0;
  uint16_t ask_port = 0;  // by which Traefik asks itself
};

struct GuideProxy {
  std::string name;  // of its guide
  // Writes its configuration. The command that starts it.
  Command (*command)(const ProxyPlace& place);
};

// All of them. A configuration is the guide's but for the addresses, and two more things: it guards
// every path, and waits for the agent as long as a busy machine may take, since this is about what
// is allowed and not about how long somebody waits.
std::vector<GuideProxy> GuideProxies();

// Where the program is that the command starts; empty: it is not installed
// (packaging/python-environment).
std::string FindProgram(const std::string& name);

}  // namespace sallyport::history
