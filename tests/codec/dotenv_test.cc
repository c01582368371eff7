#include "codec/dotenv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::codec {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(DotEnv, ReadsWhatDotenvLibrariesRead) {
  const auto variables = ParseDotEnv(
      "# a comment\n"
      "PLAIN=value with blanks   # comment\r\n"
      "\n"
      "  export EXPORTED = x#y\n"
      "SINGLE='a \\n $b # c'\n"
      "DOUBLE=\"a\\n\\\"b\\\" \\$c\" # comment\n"
      "LINES=\"one\ntwo\"\n"
      "EMPTY=\n"
      "TWICE=1\n"
      "TWICE=2",
      ".env");
  ASSERT_TRUE(variables) << variables.error().message;
  EXPECT_THAT(*variables, UnorderedElementsAre(
                              Pair("PLAIN", "value with blanks"), Pair("EXPORTED", "x#y"),
                              Pair("SINGLE", "a \\n $b # c"), Pair("DOUBLE", "a\n\"b\" $c"),
                              Pair("LINES", "one\ntwo"), Pair("EMPTY", ""), Pair("TWICE", "2")));
}

TEST(DotEnv, NamesTheLineOfWhatIsWrongAndNoValue) {
  const auto error = [](std::string_view text) {
    const auto variables = ParseDotEnv(text, ".env");
    return variables ? std::string("none") : variables.error().message;
  };
  EXPECT_EQ(error("A=1\n\nsecret value\n"), ".env:3: not of the form NAME=value");
  EXPECT_EQ(error("A=\"1\n2\"\nB='x\n\n"), ".env:3: a quote is never closed");
  EXPECT_EQ(error("A='1' 2"), ".env:1: text follows the closing quote");
  EXPECT_EQ(error("A=1\n=2"), ".env:2: not of the form NAME=value");
  EXPECT_EQ(error("A=\xff"), ".env: not UTF-8 text");
}

}  // namespace
}  // namespace sallyport::codec
