// Runs a command line of `sallyport`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace sallyport::cli {

// `program`: the rows of the program's own commands. Gives the exit code; if it is not 0, standard
// error says why.
int Run(const std::vector<std::string>& line, const Commands& program, std::string_view version);

}  // namespace sallyport::cli
