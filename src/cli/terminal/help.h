// Texts that are made from the table of commands.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace sallyport::cli {

// All commands, or those of one group ("user").
std::string HelpOfGroup(const Commands& commands, std::string_view group, size_t width);
std::string HelpOfCommand(const Command& command, size_t width);

// A page for man(1), in the man macros of roff.
std::string ManPage(const Commands& commands, std::string_view version);

// A script for "bash", "zsh" or "fish".
std::string CompletionScript(const Commands& commands, std::string_view shell);

}  // namespace sallyport::cli
