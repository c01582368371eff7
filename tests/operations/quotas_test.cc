#include "domain/throttle.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

class QuotasTest : public UserTest {
 protected:
  // After users were made, so that making them counts for nothing.
  void Set(std::initializer_list<std::pair<domain::Category, uint32_t>> categories,
           uint32_t per_user = 0) {
    domain::Quotas quotas;
    for (const auto& [category, rate] : categories) {
      quotas.per_category[static_cast<size_t>(category)] = rate;
    }
    quotas.per_user = per_user;
    throttle_ = std::make_unique<domain::Throttle>(quotas, clock_);
    services_->throttle = throttle_.get();
  }
  std::unique_ptr<domain::Throttle> throttle_;
};

TEST_F(QuotasTest, ACategorysCallsAreRefusedBeyondItsQuota) {
  MakeUser("alice");
  Set({{domain::Category::kUserRead, 2}});
  EXPECT_TRUE(Admin("AdminGetUser", "alice").ok());
  // A call that fails counts too.
  EXPECT_EQ(Admin("AdminGetUser", "nobody").code, "UserNotFoundException");
  EXPECT_TRUE(
      FailedWith(Admin("AdminGetUser", "alice"), "TooManyRequestsException", "Rate exceeded"));
  EXPECT_TRUE(Call("DescribeUserPool", {{"UserPoolId", pool_}}).ok());
  clock_.AdvanceMillis(500);
  EXPECT_TRUE(Admin("AdminGetUser", "alice").ok());
}

TEST_F(QuotasTest, ACallThatIsNotAuthenticatedCountsForNothing) {
  MakeUser("alice");
  Set({{domain::Category::kUserRead, 1}});
  EXPECT_EQ(By({"x", "", ""}, "GetUser").code, "NotAuthorizedException");
  EXPECT_TRUE(Admin("AdminGetUser", "alice").ok());
}

TEST_F(QuotasTest, AUsersSignInsAreRefusedAndOthersGoOn) {
  IgnoreCase();
  MakeUser("alice");
  MakeUser("bob");
  Set({}, 2);
  EXPECT_EQ(Initiate("alice", "wrong").code, "NotAuthorizedException");
  EXPECT_EQ(Initiate("ALICE", "wrong").code, "NotAuthorizedException");
  EXPECT_TRUE(FailedWith(Initiate("alice"), "TooManyRequestsException", "Too many requests"));
  const Tokens tokens = SignIn("bob");
  // Refreshes and reads are no guesses.
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Refresh(tokens).ok());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(By(tokens, "GetUser").ok());
  clock_.AdvanceMillis(500);
  EXPECT_TRUE(Initiate("alice").ok());
}

}  // namespace
}  // namespace sallyport::operations
