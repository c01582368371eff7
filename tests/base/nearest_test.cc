#include "base/nearest.h"

#include <gtest/gtest.h>

namespace sallyport::base {
namespace {

TEST(Nearest, FindsWhatAFewEditsMake) {
  const std::vector<std::string> known = {"listen", "public-url", "data"};
  EXPECT_EQ(Nearest("lisen", known), "listen");
  EXPECT_EQ(Nearest("public-uri", known), "public-url");
  EXPECT_EQ(Nearest("something-else", known), "");
  EXPECT_EQ(Nearest("x", {}), "");
  // Short words are all only a few edits away from each other.
  EXPECT_EQ(Nearest("x", {"y", "data"}), "");
  EXPECT_EQ(Nearest("", {"data"}), "");
  EXPECT_EQ(Nearest("dta", {"data"}), "data");
}

}  // namespace
}  // namespace sallyport::base
