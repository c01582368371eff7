#include "cli/run.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands/operation_command.h"
#include "cli/invocation.h"
#include "cli/terminal/help.h"
#include "cli/terminal/hints.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

constexpr size_t kTextWidth = 100;

size_t HelpWidth() {
  const size_t width = OutputWidth();
  return width == 0 || width > kTextWidth ? kTextWidth : width;
}

int ExitCode(const base::Error& error) {
  if (error.code == kUsage) return kExitUsage;
  if (error.code == kUnreachable || error.code == kTimedOut) return kExitUnreachable;
  if (error.code == kInterrupted) return kExitInterrupted;
  return kExitFailed;
}

int Fail(const base::Error& error, const Configuration& configuration) {
  Say(fmt::format("sallyport: {}: {}", Escaped(error.code), Escaped(error.message)));
  const std::string next = NextStep(error, configuration);
  if (!next.empty()) Say(fmt::format("next: {}", Escaped(next)));
  return ExitCode(error);
}

int Finish(const base::Status& status) {
  if (status) return kExitDone;
  return Fail(status.error(), {});
}

// Commands about the table itself, which need neither a server nor a configuration.
Commands ShellCommands(std::string_view version) {
  const Argument shell{.name = "SHELL", .help = "The shell.", .choices = {"bash", "zsh", "fish"}};
  Commands commands;
  commands.push_back({.path = "completion",
                      .section = "Shell",
                      .purpose = "Print a completion script.",
                      .details = "For bash and zsh: source <(sallyport completion bash). For fish: "
                                 "sallyport completion fish | source.",
                      .arguments = {shell},
                      .run = [](Invocation& invocation) -> base::Result<int> {
                        SALLYPORT_TRY(
                            Print(CompletionScript(invocation.commands(), invocation.Word(0))));
                        return kExitDone;
                      }});
  commands.push_back({.path = "man",
                      .section = "Shell",
                      .purpose = "Print the manual page.",
                      .details = "sallyport man | man -l - shows it.",
                      .run = [version](Invocation& invocation) -> base::Result<int> {
                        SALLYPORT_TRY(Print(ManPage(invocation.commands(), version)));
                        return kExitDone;
                      }});
  commands.push_back({.path = "version",
                      .section = "Shell",
                      .purpose = "Print the version.",
                      .run = [version](Invocation&) -> base::Result<int> {
                        SALLYPORT_TRY(Print(fmt::format("sallyport {}\n", version)));
                        return kExitDone;
                      }});
  return commands;
}

bool NeedsServer(const Command& command) {
  return command.section != "Shell";
}

int RunCommand(const Commands& commands, const ParsedLine& parsed) {
  const Command& command = *parsed.command;
  const Surroundings around{.variable = [](const char* name) { return std::getenv(name); }};
  Invocation invocation(commands, command, parsed.arguments, around);
  if (NeedsServer(command)) {
    if (const auto configured = invocation.Configure(); !configured) {
      return Fail(configured.error(), invocation.configuration());
    }
  }
  const auto code = command.run ? command.run(invocation) : RunOperation(invocation);
  return code ? *code : Fail(code.error(), invocation.configuration());
}

}  // namespace

int Run(const std::vector<std::string>& line, const Commands& program, std::string_view version) {
  Commands commands = ClientCommands();
  commands.insert(commands.end(), program.begin(), program.end());
  for (Command& command : ShellCommands(version)) commands.push_back(std::move(command));
  std::vector<std::string> words = line;
  if (!words.empty() && words[0] == "--version") words[0] = "version";
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const auto parsed = ParseLine(commands, words);
  if (!parsed) return Fail(parsed.error(), {});
  if (parsed->command && parsed->command->program) {
    return parsed->command->program(parsed->arguments.words);
  }
  if (parsed->help && parsed->command) {
    return Finish(Print(HelpOfCommand(*parsed->command, HelpWidth())));
  }
  if (parsed->help) return Finish(Print(HelpOfGroup(commands, parsed->group, HelpWidth())));
  return RunCommand(commands, *parsed);
}

}  // namespace sallyport::cli
