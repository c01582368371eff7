#include "domain/throttle.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::domain {
namespace {

Quotas PerUser(uint32_t rate) {
  Quotas quotas;
  quotas.per_user = rate;
  return quotas;
}

TEST(Throttle, ACategoryHasItsQuotaOfEachSecond) {
  base::ManualClock clock;
  Quotas quotas;
  quotas.per_category[static_cast<size_t>(Category::kUserRead)] = 10;
  Throttle throttle(quotas, clock);
  const auto taken = [&] {
    int count = 0;
    while (count < 1000 && throttle.Take(Category::kUserRead).ok()) ++count;
    return count;
  };
  EXPECT_EQ(taken(), 10);
  EXPECT_EQ(throttle.Take(Category::kUserRead).error().code, "TooManyRequestsException");
  EXPECT_EQ(throttle.Take(Category::kUserRead).error().message, "Rate exceeded");
  clock.AdvanceMillis(500);
  EXPECT_EQ(taken(), 5);
  clock.AdvanceMillis(3'600'000);
  EXPECT_EQ(taken(), 10);
  // The others have none.
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(throttle.Take(Category::kUserList).ok());
}

TEST(Throttle, AUserHasAQuotaOfItsOwnUnderAnySpelling) {
  base::ManualClock clock;
  Throttle throttle(PerUser(2), clock);
  EXPECT_TRUE(throttle.TakeForUser("pool", "alice").ok());
  EXPECT_TRUE(throttle.TakeForUser("pool", "Alice").ok());
  EXPECT_EQ(throttle.TakeForUser("pool", "ALICE").error().message, "Too many requests");
  EXPECT_TRUE(throttle.TakeForUser("pool", "bob").ok());
  EXPECT_TRUE(throttle.TakeForUser("other", "alice").ok());
  clock.AdvanceMillis(500);
  EXPECT_TRUE(throttle.TakeForUser("pool", "alice").ok());
  EXPECT_FALSE(throttle.TakeForUser("pool", "alice").ok());
}

// The table is fixed: names that come and go take one another's places, never more.
TEST(Throttle, ManyUsersAreCountedInOneTable) {
  base::ManualClock clock;
  Throttle throttle(PerUser(1), clock);
  for (int i = 0; i < 300'000; ++i) {
    ASSERT_TRUE(throttle.TakeForUser("pool", "user" + std::to_string(i)).ok());
    if (i % 1000 == 0) clock.AdvanceMillis(100);
  }
  EXPECT_FALSE(throttle.TakeForUser("pool", "user299999").ok());
}

TEST(Throttle, CategoriesHaveAwsNames) {
  for (size_t i = 0; i < kCategories; ++i) {
    const auto category = static_cast<Category>(i);
    EXPECT_EQ(CategoryOf(CategoryName(category)), category);
  }
  EXPECT_EQ(CategoryName(Category::kUserPoolResourceUpdate), "UserPoolResourceUpdate");
  EXPECT_EQ(CategoryName(Category::kClientAuthentication), "ClientAuthentication");
  EXPECT_FALSE(CategoryOf("Anything"));
}

}  // namespace
}  // namespace sallyport::domain
