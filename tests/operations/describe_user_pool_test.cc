#include "fixture.h"

namespace sallyport::operations {
namespace {

using DescribeUserPoolTest = OperationTest;

TEST_F(DescribeUserPoolTest, GivesWhatCreateGave) {
  Reply created = Call("CreateUserPool", R"({"PoolName":"p","UserPoolTags":{"team":"blue"},
      "AliasAttributes":["email"],"UsernameConfiguration":{"CaseSensitive":true}})");
  ASSERT_TRUE(Succeeded(created));
  Reply described = Call("DescribeUserPool", {{"UserPoolId", created.Text("UserPool.Id")}});
  ASSERT_TRUE(Succeeded(described));
  EXPECT_EQ(described.body, created.body);
}

TEST_F(DescribeUserPoolTest, AnUnknownPoolIsNotFound) {
  EXPECT_TRUE(FailedWith(Call("DescribeUserPool", R"({"UserPoolId":"eu-west-1_000000000"})"),
                         "ResourceNotFoundException",
                         "User pool eu-west-1_000000000 does not exist."));
}

TEST_F(DescribeUserPoolTest, AnIdThatIsNoneIsRefusedBeforeItIsLookedUp) {
  EXPECT_TRUE(FailedWith(Call("DescribeUserPool", R"({"UserPoolId":"a/b"})"),
                         "InvalidParameterException",
                         "1 validation error detected: Value 'a/b' at 'userPoolId' failed to "
                         "satisfy constraint: Member must satisfy regular expression pattern: "
                         "[\\w-]+_[0-9a-zA-Z]+"));
}

}  // namespace
}  // namespace sallyport::operations
