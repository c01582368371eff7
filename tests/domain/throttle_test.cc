#include "domain/limits/throttle.h"

#include <gtest/gtest.h>

#include <map>
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
  // The others have no calls left.
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(throttle.Take(Category::kUserList).ok());
}

TEST(Throttle, AUserHasAQuotaOfItsOwn) {
  base::ManualClock clock;
  Throttle throttle(PerUser(2), clock);
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice").ok());
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice").ok());
  EXPECT_EQ(throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice").error().message,
            "Too many requests");
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "bob").ok());
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "other", "alice").ok());
  // Calls that anybody can make take nothing from the user's own calls or from an administrator's.
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kTheUser, "pool", "alice").ok());
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAdministrator, "pool", "alice").ok());
  clock.AdvanceMillis(500);
  EXPECT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice").ok());
  EXPECT_FALSE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice").ok());
}

// The table has a fixed size: names that come and go replace one another, and it never grows. There
// are 2,500 names at a time for 65,536 places, so that no ten of them meet in a set of eight.
TEST(Throttle, ManyUsersAreCountedInOneTable) {
  base::ManualClock clock;
  Throttle throttle(PerUser(1), clock);
  for (int i = 0; i < 300'000; ++i) {
    ASSERT_TRUE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "user" + std::to_string(i)).ok());
    if (i % 1000 == 0) clock.AdvanceMillis(400);
  }
  EXPECT_FALSE(throttle.TakeForUser(CalledBy::kAnybody, "pool", "user299999").ok());
}

Quotas PerAddress(uint32_t rate) {
  Quotas quotas;
  quotas.per_address.fill(rate);
  return quotas;
}

int TakenBy(Throttle& throttle, Anonymous what, const std::string& address) {
  int count = 0;
  while (count < 10'000 && throttle.TakeForAddress(what, address).ok()) ++count;
  return count;
}

TEST(Throttle, AnAddressHasHalfAMinutesWorthAtOnceAndThenItsRate) {
  base::ManualClock clock;
  Throttle throttle(PerAddress(10), clock);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.1"), 300);
  const auto refused = throttle.TakeForAddress(Anonymous::kSignIn, "192.0.2.1");
  EXPECT_EQ(refused.error().code, "TooManyRequestsException");
  // Each kind, and each address, is counted separately.
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignUp, "192.0.2.1"), 300);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.2"), 300);
  clock.AdvanceMillis(1000);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.1"), 10);
  clock.AdvanceMillis(3'600'000);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.1"), 300);
}

TEST(Throttle, LookingAtAnAddressTakesNothing) {
  base::ManualClock clock;
  Throttle throttle(PerAddress(1), clock);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(throttle.CheckAddress(Anonymous::kRefused, "192.0.2.1").ok());
  }
  EXPECT_EQ(TakenBy(throttle, Anonymous::kRefused, "192.0.2.1"), 30);
  EXPECT_FALSE(throttle.CheckAddress(Anonymous::kRefused, "192.0.2.1").ok());
}

TEST(Throttle, AnIpv6AddressCountsWithItsPrefixAndAMappedOneAsIpv4) {
  base::ManualClock clock;
  Throttle throttle(PerAddress(1), clock);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "2001:db8:0:1::1"), 30);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "2001:db8:0:1:ffff::2"), 0);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "2001:db8:0:2::1"), 30);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "::ffff:192.0.2.1"), 30);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.1"), 0);
}

TEST(Throttle, ExemptAddressesAreNotCounted) {
  base::ManualClock clock;
  Quotas quotas = PerAddress(1);
  quotas.exempt = {*base::IpNetwork::Parse("192.0.2.0/24")};
  Throttle throttle(quotas, clock);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.2.1"), 10'000);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "192.0.3.1"), 30);
}

// Somebody with many addresses cannot get a new bucket for the one that is limited.
TEST(Throttle, AFloodFromManyAddressesEvictsNothingThatLimitsSomebody) {
  base::ManualClock clock;
  Throttle throttle(PerAddress(1), clock);
  const std::string limited = "192.0.2.1";
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, limited), 30);
  int let_through = 0;
  for (uint32_t i = 0; i < 2'000'000; ++i) {
    const std::string other = "10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 255) +
                              '.' + std::to_string(i & 255);
    let_through += throttle.TakeForAddress(Anonymous::kSignIn, other).ok() ? 1 : 0;
  }
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, limited), 0);
  // Addresses for which there is no place share what is left, and are refused as if they were one
  // address.
  EXPECT_LT(let_through, 400'000);
  EXPECT_GT(let_through, 65'000);
  // A second later the table has places for new addresses again.
  clock.AdvanceMillis(1000);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, limited), 1);
  EXPECT_EQ(TakenBy(throttle, Anonymous::kSignIn, "203.0.113.1"), 30);
}

TEST(Throttle, TellsHowOftenEachLimitWasMet) {
  base::ManualClock clock;
  Quotas quotas = PerAddress(1);
  quotas.per_user = 1;
  quotas.per_category[static_cast<size_t>(Category::kUserRead)] = 1;
  Throttle throttle(quotas, clock);
  TakenBy(throttle, Anonymous::kCode, "192.0.2.1");
  for (int i = 0; i < 3; ++i) (void)throttle.TakeForUser(CalledBy::kAnybody, "pool", "alice");
  for (int i = 0; i < 4; ++i) (void)throttle.Take(Category::kUserRead);
  std::map<std::string, uint64_t> times;
  for (const auto& refusals : throttle.refusals()) times[refusals.limit] = refusals.times;
  EXPECT_EQ(times, (std::map<std::string, uint64_t>{{"address/sign-in", 0},
                                                    {"address/sign-up", 0},
                                                    {"address/code", 1},
                                                    {"address/refused", 0},
                                                    {"address/log-line", 0},
                                                    {"user", 2},
                                                    {"quota/UserRead", 3}}));
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
