#include "cli/terminal/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace sallyport::cli {
namespace {

using testing::HasSubstr;

std::string WithoutRoff(std::string page) {
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\\-", "-"},
                                 {"\\fB", ""},
                                 {"\\fR", ""},
                                 {"\\fI", ""}}) {
    for (size_t at = page.find(from); at != std::string::npos; at = page.find(from, at)) {
      page.replace(at, from.size(), to);
    }
  }
  return page;
}

TEST(Help, TheManualAndTheScriptsNameEveryCommandAndFlag) {
  const Commands commands = ClientCommands();
  const std::string page = WithoutRoff(ManPage(commands, "1.2.3"));
  const std::string all = HelpOfGroup(commands, "", 100);
  for (const Command& command : commands) {
    EXPECT_THAT(page, HasSubstr("sallyport " + UsageOf(command) + "\n"));
    EXPECT_THAT(all, HasSubstr("  " + command.path + " "));
    for (const Flag& flag : FlagsOf(command)) {
      EXPECT_THAT(page, HasSubstr("--" + flag.name));
      EXPECT_THAT(HelpOfCommand(command, 100), HasSubstr("--" + flag.name));
      for (const char* shell : {"bash", "zsh"}) {
        EXPECT_THAT(CompletionScript(commands, shell), HasSubstr("--" + flag.name));
      }
      EXPECT_THAT(CompletionScript(commands, "fish"), HasSubstr(" -l " + flag.name));
    }
  }
}

TEST(Help, NoLineOfTheManualIsARequestByAccident) {
  Commands commands = ClientCommands();
  commands[0].details = ".so /etc/passwd";
  const std::string page = ManPage(commands, "1");
  EXPECT_THAT(page, HasSubstr("\n\\&.so /etc/passwd"));
}

TEST(Help, LinesFitTheWidth) {
  for (const Command& command : ClientCommands()) {
    std::istringstream lines(HelpOfCommand(command, 80));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(line.starts_with("usage:") || line.size() <= 80) << line;
    }
  }
}

}  // namespace
}  // namespace sallyport::cli
