// Which users' runtimes the Runtime API serves.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace sallyport::hooks {

// In addition to those of the user as whom this process runs.
struct RuntimeUsers {
  bool anybody = false;       // from any address
  std::vector<uid_t> others;  // on loopback only
};

// Why the other end of the connected TCP socket `fd` must not be served, as a text for the log;
// nullopt: it may be served. Where it is not certain whose process it is, it must not. Thread-safe.
std::optional<std::string> WhyNotServed(int fd, const RuntimeUsers& users);

}  // namespace sallyport::hooks
