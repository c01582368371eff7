#include "domain/limits/shares.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

namespace sallyport::domain {
namespace {

TEST(Shares, LetOneOwnerHoldNoMoreThanHisAndLeaveTheOthersTheirs) {
  Shares shares(2);
  auto first = shares.Take("a");
  auto second = shares.Take("a");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(shares.Take("a"));
  EXPECT_TRUE(shares.Take("b"));
}

TEST(Shares, GiveAPlaceBackOnceHoweverOftenItWasMoved) {
  Shares shares(1);
  {
    std::vector<Shares::Place> moved;
    moved.push_back(std::move(*shares.Take("a")));
    const Shares::Place last = std::move(moved.front());
    EXPECT_FALSE(shares.Take("a"));
  }
  EXPECT_TRUE(shares.Take("a"));
  std::optional<Shares::Place> held = shares.Take("a");
  EXPECT_TRUE(held);
  EXPECT_FALSE(shares.Take("a"));
}

TEST(Shares, OfNoLimitAreAsManyAsAnybodyWants) {
  Shares shares(0);
  std::vector<Shares::Place> held;
  for (int i = 0; i < 1000; ++i) {
    auto place = shares.Take("a");
    ASSERT_TRUE(place);
    held.push_back(std::move(*place));
  }
}

}  // namespace
}  // namespace sallyport::domain
