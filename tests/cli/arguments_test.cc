#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sallyport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ArgumentsTest : public testing::Test {
 protected:
  base::Result<ParsedLine> Parse(const std::vector<std::string>& line) {
    return ParseLine(commands_, line);
  }
  std::string Problem(const std::vector<std::string>& line) {
    const auto parsed = Parse(line);
    if (parsed) return "none";
    EXPECT_EQ(parsed.error().code, kUsage);
    return parsed.error().message;
  }
  const Commands commands_ = ClientCommands();
};

TEST_F(ArgumentsTest, FlagsStandAnywhere) {
  const auto parsed = Parse(
      {"--pool", "p", "user", "create", "--attribute", "a=1", "ada", "--attribute=b=2", "--json"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->command->path, "user create");
  EXPECT_THAT(parsed->arguments.words, ElementsAre("ada"));
  EXPECT_THAT(parsed->arguments.flags.at("attribute"), ElementsAre("a=1", "b=2"));
  EXPECT_EQ(parsed->arguments.Get("pool"), "p");
  EXPECT_TRUE(parsed->arguments.Has("json"));
}

TEST_F(ArgumentsTest, AfterTwoDashesThereAreNoFlags) {
  const auto parsed = Parse({"user", "get", "--", "--json"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->arguments.words, ElementsAre("--json"));
}

TEST_F(ArgumentsTest, SaysWhatIsWrong) {
  EXPECT_EQ(Problem({"usr"}), "no command \"usr\" (did you mean `user`?)");
  EXPECT_EQ(Problem({"user", "lsit"}), "no command \"user lsit\" (did you mean `user list`?)");
  EXPECT_THAT(Problem({"user"}), HasSubstr("`user` needs one more word: list, get"));
  EXPECT_THAT(Problem({"user", "get"}),
              HasSubstr("USERNAME is missing: sallyport user get USERNAME"));
  EXPECT_THAT(Problem({"user", "get", "a", "b"}), HasSubstr("unexpected argument \"b\""));
  EXPECT_EQ(Problem({"user", "list", "--limt", "1"}),
            "unknown flag --limt of `user list` (did you mean --limit?)");
  EXPECT_EQ(Problem({"user", "list", "--limit"}), "--limit needs a value");
  EXPECT_EQ(Problem({"user", "list", "--json=1"}), "--json takes no value");
  EXPECT_EQ(Problem({"user", "create", "a", "--medium", "FAX"}),
            "--medium: \"FAX\" is not one of EMAIL, SMS");
}

TEST_F(ArgumentsTest, HelpIsAskedForAnywhere) {
  EXPECT_TRUE(Parse({"--help"})->help);
  EXPECT_EQ(Parse({"user", "-h"})->group, "user");
  EXPECT_EQ(Parse({"user", "get", "--help"})->command->path, "user get");
}

TEST_F(ArgumentsTest, AProgramsCommandGetsItsWordsAsTheyAre) {
  Commands commands = commands_;
  commands.push_back(
      {.path = "serve", .section = "Server", .purpose = "Serve.", .program = [](const auto&) {
         return 0;
       }});
  const auto parsed = ParseLine(commands, {"serve", "--listen", "x", "--help"});
  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->arguments.words, ElementsAre("--listen", "x", "--help"));
}

TEST_F(ArgumentsTest, EveryRowIsWhole) {
  std::set<std::string> paths;
  for (const Command& command : commands_) {
    EXPECT_TRUE(paths.insert(command.path).second) << command.path;
    EXPECT_FALSE(command.section.empty() || command.purpose.empty()) << command.path;
    EXPECT_TRUE(command.purpose.ends_with('.')) << command.path;
    EXPECT_TRUE(command.run || !command.operation.empty()) << command.path;
    std::set<std::string> flags;
    for (const Flag& flag : FlagsOf(command)) {
      EXPECT_TRUE(flags.insert(flag.name).second) << command.path << " --" << flag.name;
      EXPECT_FALSE(flag.help.empty()) << command.path << " --" << flag.name;
    }
  }
}

}  // namespace
}  // namespace sallyport::cli
