#include "cli/terminal/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

constexpr size_t kIndent = 8;

std::string FlagUsage(const Flag& flag) {
  return flag.value.empty() ? "--" + flag.name : fmt::format("--{} {}", flag.name, flag.value);
}

std::string Paragraph(const std::string& text, size_t width, size_t indent) {
  return fmt::format("{}{}\n", std::string(indent, ' '), Wrapped(text, width, indent));
}

std::string FlagHelp(const Flag& flag) {
  std::string text = flag.help;
  if (flag.kind == Kind::kAttributes) text += " May be given several times.";
  if (flag.kind == Kind::kList) text += " Several: separated by commas.";
  return text;
}

std::string FlagsHelp(const std::vector<Flag>& flags, size_t width) {
  std::string text;
  for (const Flag& flag : flags) {
    text += fmt::format("  {}\n{}", FlagUsage(flag), Paragraph(FlagHelp(flag), width, kIndent));
  }
  return text;
}

}  // namespace

std::string HelpOfGroup(const Commands& commands, std::string_view group, size_t width) {
  const std::string prefix = group.empty() ? "" : std::string(group) + " ";
  std::string text = fmt::format("usage: sallyport {}COMMAND [--flag ...]\n", prefix);
  size_t longest = 0;
  for (const Command& command : commands) {
    if (command.path.starts_with(prefix)) longest = std::max(longest, command.path.size());
  }
  std::string section;
  for (const Command& command : commands) {
    if (!command.path.starts_with(prefix)) continue;
    if (command.section != section) text += fmt::format("\n{}\n", command.section);
    section = command.section;
    const size_t indent = 2 + longest + 2;
    text += fmt::format("  {:<{}}{}\n", command.path, longest + 2,
                        Wrapped(command.purpose, width, indent));
  }
  return text +
         "\n`sallyport COMMAND --help` explains each flag; `sallyport man | man -l -` is the "
         "manual.\n";
}

std::string HelpOfCommand(const Command& command, size_t width) {
  std::string text = fmt::format("usage: sallyport {}\n\n", UsageOf(command));
  text += Paragraph(command.purpose, width, 0);
  if (!command.details.empty()) text += "\n" + Paragraph(command.details, width, 0);
  if (!command.arguments.empty()) text += "\n";
  for (const Argument& argument : command.arguments) {
    text += fmt::format("  {}\n{}", argument.name, Paragraph(argument.help, width, kIndent));
  }
  if (const auto own = OwnFlagsOf(command); !own.empty()) text += "\n" + FlagsHelp(own, width);
  if (!command.program) text += "\nof every command:\n" + FlagsHelp(CommonFlags(), width);
  return text;
}

}  // namespace sallyport::cli
