// HandlerProcesses: a handler's processes, kept alive.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sallyport::cli {

struct HandlerCommand {
  std::vector<std::string> arguments;    // arguments[0] is looked for on PATH
  std::vector<std::string> environment;  // "NAME=VALUE", beside this process's own
  std::string runtime_api;               // "127.0.0.1:9301"
};

// Runs `count` processes until SIGINT or SIGTERM, which it passes on; gives the exit code. One that
// ends is started again, after a pause that grows while it ends at once. An event that it had in
// hand is reported as failed, in Lambda's words: "Runtime exited with error: exit status 1". What
// the processes print is printed. Error HandlerNotStarted: the interpreter is not there.
base::Result<int> RunHandlerProcesses(const HandlerCommand& command, size_t count);

}  // namespace sallyport::cli
