#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "main/commands.h"

namespace sallyport::main {
namespace {

constexpr std::string_view kUsage =
    "usage: sallyport COMMAND [--flag ...]\n"
    "\n"
    "  serve     the user pool server\n"
    "  agent     keeps this host's gates up to date; --status shows how it does\n"
    "  recover   makes a store that was restored from a backup safe to issue from again\n"
    "  version   the version\n"
    "\n"
    "`sallyport COMMAND --help` explains each flag.\n";

int Run(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  const std::vector<std::string> rest(arguments.empty() ? arguments.end() : arguments.begin() + 1,
                                      arguments.end());
  if (command == "serve") return Serve(rest);
  if (command == "agent") return RunAgent(rest);
  if (command == "recover") return Recover(rest);
  if (command == "version" || command == "--version") {
    fmt::print("sallyport {}\n", SALLYPORT_VERSION);
    return 0;
  }
  if (command == "help" || command == "--help") {
    fmt::print("{}", kUsage);
    return 0;
  }
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

}  // namespace

int Fail(std::string_view message) {
  fmt::print(stderr, "sallyport: {}\n", message);
  return 1;
}

}  // namespace sallyport::main

int main(int argc, char** argv) {
  try {
    return sallyport::main::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    return sallyport::main::Fail(error.what());
  }
}
