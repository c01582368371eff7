#include "codec/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::codec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<KnownFlag> kKnown = {{"help", FlagValue::kNone},
                                       {"json", FlagValue::kNone},
                                       {"strict", FlagValue::kOptional},
                                       {"data", FlagValue::kNeeded}};

// Each part as text: a word as it is, a flag as "name:value", an error with "!" in front.
std::vector<std::string> Parts(const std::vector<std::string>& words) {
  CommandLine line(words);
  std::vector<std::string> parts;
  while (!line.AtEnd()) {
    const auto part = line.Next(kKnown, " of `x`");
    if (!part) {
      parts.push_back("!" + part.error().message);
      break;
    }
    const auto* flag = std::get_if<GivenFlag>(&*part);
    parts.push_back(flag ? flag->name + ":" + flag->value : std::get<GivenWord>(*part).text);
  }
  return parts;
}

TEST(CommandLine, AFlagTakesTheNextWordOrWhatIsAfterTheEqualsSign) {
  EXPECT_THAT(Parts({"--data", "d", "w", "--data=e=f", "--data="}),
              ElementsAre("data:d", "w", "data:e=f", "data:"));
}

TEST(CommandLine, TheValueOfAFlagMayLookLikeAFlag) {
  EXPECT_THAT(Parts({"--data", "--json", "--data", "--"}), ElementsAre("data:--json", "data:--"));
}

TEST(CommandLine, ASwitchIsTrueAndTakesAValueOnlyWhereItMay) {
  EXPECT_THAT(Parts({"--json", "w", "--strict", "w", "--strict=false"}),
              ElementsAre("json:true", "w", "strict:true", "w", "strict:false"));
  EXPECT_THAT(Parts({"--json=true"}), ElementsAre("!--json takes no value"));
}

TEST(CommandLine, AfterTwoDashesThereAreOnlyWords) {
  EXPECT_THAT(Parts({"a", "--", "--json", "-h", "--"}), ElementsAre("a", "--json", "-h", "--"));
  EXPECT_THAT(Parts({"--"}), IsEmpty());
}

TEST(CommandLine, OneDashWithAnHAsksForHelpAndOneWithAnythingElseIsAWord) {
  EXPECT_THAT(Parts({"-h", "-", "-x"}), ElementsAre("help:true", "-", "-x"));
}

TEST(CommandLine, AnUnknownFlagIsNamedWithTheNearestKnownOne) {
  EXPECT_THAT(Parts({"--jsno"}), ElementsAre("!unknown flag --jsno of `x` (did you mean --json?)"));
  EXPECT_THAT(Parts({"--q=1"}), ElementsAre("!unknown flag --q of `x`"));
  EXPECT_THAT(Parts({"--data"}), ElementsAre("!--data needs a value"));
}

TEST(CommandLine, WhatWasNotReadCanBeTakenAsItIs) {
  CommandLine line({"serve", "--", "--json"});
  ASSERT_TRUE(line.Next(kKnown));
  EXPECT_THAT(line.TakeRest(), ElementsAre("--", "--json"));
  EXPECT_TRUE(line.AtEnd());
  EXPECT_FALSE(line.Next(kKnown));
}

}  // namespace
}  // namespace sallyport::codec
