#include "codec/cookies.h"

#include <gtest/gtest.h>

namespace sallyport::codec {
namespace {

TEST(Cookies, AreFoundByTheirNames) {
  EXPECT_EQ(FindCookie("a=1; bb=2;c=3", "bb"), "2");
  EXPECT_EQ(FindCookie("a=1; bb=2;c=3", "c"), "3");
  EXPECT_EQ(FindCookie("a=", "a"), "");
  EXPECT_EQ(FindCookie("a=b=c", "a"), "b=c");
  EXPECT_EQ(FindCookie("a=1", "b"), std::nullopt);
  EXPECT_EQ(FindCookie("a", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("aa=1", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("A=1", "a"), std::nullopt);
}

TEST(Cookies, OneThatIsThereTwiceIsNone) {
  EXPECT_EQ(FindCookie("a=1; a=2", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("a=1; b=2; a=1", "a"), std::nullopt);
}

TEST(Cookies, AValueWithAByteThatNoCookieHasIsNone) {
  EXPECT_EQ(FindCookie("a=\"1\"", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("a=1 2", "a"), std::nullopt);
  EXPECT_EQ(FindCookie("a=\x80", "a"), std::nullopt);
}

}  // namespace
}  // namespace sallyport::codec
