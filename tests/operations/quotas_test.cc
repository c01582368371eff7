#include "domain/limits/throttle.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

class QuotasTest : public UserTest {
 protected:
  // Called after users were made, so that making them does not count.
  void Set(std::initializer_list<std::pair<domain::Category, uint32_t>> categories,
           uint32_t per_user = 0) {
    domain::Quotas quotas;
    for (const auto& [category, rate] : categories) {
      quotas.per_category[static_cast<size_t>(category)] = rate;
    }
    quotas.per_user = per_user;
    SetQuotas(quotas);
  }
  void SetAll(uint32_t rate) {
    domain::Quotas quotas;
    quotas.per_category.fill(rate);
    quotas.per_address.fill(rate);
    quotas.per_user = rate;
    SetQuotas(quotas);
  }
  void SetQuotas(const domain::Quotas& quotas) {
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

// This follows from the type of the operation, whatever quota, limit of users or limit of addresses
// there is.
TEST_F(QuotasTest, WhatRevokesIsNeverRefused) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  SetAll(1);
  EXPECT_TRUE(Admin("AdminGetUser", "alice").ok());
  EXPECT_FALSE(Admin("AdminGetUser", "alice").ok());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(Admin("AdminUserGlobalSignOut", "alice").ok());
    ASSERT_TRUE(Admin("AdminDisableUser", "alice").ok());
    ASSERT_TRUE(Call("RevokeToken", {{"ClientId", client_}, {"Token", tokens.refresh}}).ok());
  }
  // GlobalSignOut of a user who is signed out already is never refused because of the number of
  // calls.
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(By(tokens, "GlobalSignOut").code, "NotAuthorizedException");
  }
}

TEST_F(QuotasTest, WhatTriesACodeWithoutCredentialsIsLimitedAlthoughItRevokes) {
  MakeUser("alice");
  domain::Quotas quotas;
  quotas.per_address.fill(1);
  SetQuotas(quotas);
  std::string code;
  for (int i = 0; i < 31; ++i) {
    code = Call("ConfirmForgotPassword", {{"ClientId", client_},
                                          {"Username", "nobody" + std::to_string(i)},
                                          {"ConfirmationCode", "123456"},
                                          {"Password", "Passw0rd!x1"}})
               .code;
    ASSERT_EQ(code == "TooManyRequestsException", i == 30) << code;
  }
}

// A call that is malformed is counted, too: it is refused before it is read.
TEST_F(QuotasTest, AnAddressIsRefusedBeforeItsCallIsRead) {
  domain::Quotas quotas;
  quotas.per_address.fill(1);
  SetQuotas(quotas);
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(Call("SignUp", {{"ClientId", "?"}}).code, "InvalidParameterException");
  }
  EXPECT_EQ(Call("SignUp", {{"ClientId", "?"}}).code, "TooManyRequestsException");
  // A sign-in is of another kind.
  EXPECT_EQ(Call("InitiateAuth", {{"ClientId", "?"}}).code, "InvalidParameterException");
  clock_.AdvanceMillis(1000);
  EXPECT_EQ(Call("SignUp", {{"ClientId", "?"}}).code, "InvalidParameterException");
}

TEST_F(QuotasTest, WrongAccessTokensAreLimitedAndRightOnesCountForNothing) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  domain::Quotas quotas;
  quotas.per_address.fill(1);
  SetQuotas(quotas);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(By(tokens, "GetUser").ok());
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(By({"x", "", ""}, "GetUser").code, "NotAuthorizedException");
  }
  EXPECT_EQ(By({"x", "", ""}, "GetUser").code, "TooManyRequestsException");
  EXPECT_TRUE(By(tokens, "GlobalSignOut").ok());
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
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(
        Call("InitiateAuth",
             boost::json::object{
                 {"ClientId", client_},
                 {"AuthFlow", "REFRESH_TOKEN_AUTH"},
                 {"AuthParameters", {{"REFRESH_TOKEN", tokens.refresh}, {"USERNAME", "bob"}}}})
            .ok())
        << "also where they name the user";
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(By(tokens, "GetUser").ok());
  clock_.AdvanceMillis(500);
  EXPECT_TRUE(Initiate("alice").ok());
}

// Otherwise the limit would tell which spelling somebody has.
TEST_F(QuotasTest, NamesThatNobodyHasAreCountedTogetherWhereTheyWouldBeOneUser) {
  const auto refused_after = [&](std::string_view name, std::string_view other) {
    Set({}, 2);
    Initiate(name, "wrong");
    Initiate(name, "wrong");
    return Initiate(other, "wrong").code == "TooManyRequestsException";
  };
  MakeUser("Alice");
  EXPECT_FALSE(refused_after("Alice", "alice"));
  EXPECT_FALSE(refused_after("Nobody", "nobody"));
  EXPECT_TRUE(refused_after("\u00e9", "e\u0301"));
  IgnoreCase();
  MakeUser("Alice");
  EXPECT_TRUE(refused_after("Alice", "alice"));
  EXPECT_TRUE(refused_after("Nobody", "nobody"));
}

}  // namespace
}  // namespace sallyport::operations
