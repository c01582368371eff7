#include "base/utf8.h"

#include <gtest/gtest.h>

namespace sallyport::base {
namespace {

TEST(Utf8, TakesEveryLengthAtItsBounds) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(
      IsUtf8("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  EXPECT_EQ(DecodeUtf8("xé", 1).code_point, 0xE9u);
  EXPECT_EQ(DecodeUtf8("\xf4\x8f\xbf\xbf", 0).code_point, 0x10FFFFu);
}

TEST(Utf8, RefusesLongerFormsSurrogatesAndWhatIsCutOff) {
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2",
                           "\xe0\xa0", "\xf0\x90\x80", "\xc2g", "\xff"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, ABeginningEndsWithAWholeCharacter) {
  EXPECT_EQ(Utf8Prefix("aéb", 9), "aéb");
  EXPECT_EQ(Utf8Prefix("aéb", 3), "aé");
  EXPECT_EQ(Utf8Prefix("aéb", 2), "a");
  EXPECT_EQ(Utf8Prefix("\xf4\x8f\xbf\xbf", 3), "");
}

}  // namespace
}  // namespace sallyport::base
