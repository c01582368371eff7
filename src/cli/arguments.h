// Parses the command line according to the table of commands.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace sallyport::cli {

inline constexpr std::string_view kUsage = "UsageError";

struct Arguments {
  std::map<std::string, std::vector<std::string>, std::less<>> flags;  // for a switch, "true"
  std::vector<std::string> words;  // in the order of the row's arguments

  bool Has(std::string_view flag) const { return flags.contains(flag); }
  // The value of the flag; of several, the last one.
  std::optional<std::string> Get(std::string_view flag) const;
};

struct ParsedLine {
  const Command* command = nullptr;  // nullptr: `group` was asked about
  std::string group;                 // "user", or "" for all; only with help
  bool help = false;
  Arguments arguments;
};

// Flags may stand anywhere, also in the form --flag=value; after `--` there are no flags. A command
// of the program itself receives its words unparsed. Error: kUsage.
base::Result<ParsedLine> ParseLine(const Commands& commands, const std::vector<std::string>& line);

}  // namespace sallyport::cli
