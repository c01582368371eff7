// HandlerProcesses: runs the processes of a handler, and restarts them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sallyport::cli {

struct HandlerCommand {
  std::vector<std::string> arguments;    // arguments[0] is searched for in PATH
  std::vector<std::string> environment;  // "NAME=VALUE", in addition to this process's own
  std::string runtime_api;               // "127.0.0.1:9301"
};

// Runs `count` processes until SIGINT or SIGTERM, which is passed on to them; gives the exit code.
// A process that ends is started again, with a pause that grows while processes end at once. If it
// was processing an event, that is reported as failed in Lambda's words: "Runtime exited with
// error: exit status 1". The processes' output is printed. Error HandlerNotStarted: the interpreter
// was not found.
base::Result<int> RunHandlerProcesses(const HandlerCommand& command, size_t count);

}  // namespace sallyport::cli
