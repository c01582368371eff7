// Whose runtimes the Runtime API serves.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace sallyport::hooks {

// Beside those of the user that this process runs as.
struct RuntimeUsers {
  bool anybody = false;       // from wherever
  std::vector<uid_t> others;  // over loopback
};

// Why the other end of the connected TCP socket `fd` may have no events, for the log. nullopt: it
// may. Where it is not certain whose it is, it may not. Thread-safe.
std::optional<std::string> WhyNotServed(int fd, const RuntimeUsers& users);

}  // namespace sallyport::hooks
