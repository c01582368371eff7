#include "fixture.h"

namespace sallyport::operations {
namespace {

using ListUserPoolsTest = OperationTest;

TEST_F(ListUserPoolsTest, PagesThroughAllPoolsOnce) {
  std::vector<std::string> made;
  for (int i = 0; i < 4; ++i) {
    made.push_back(MakePool());
    clock_.AdvanceMillis(1);
  }
  Reply first = Call("ListUserPools", R"({"MaxResults":2})");
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("UserPools.0.Id"), made[0]);
  EXPECT_EQ(first.Text("UserPools.1.Id"), made[1]);
  Reply second = Call("ListUserPools", {{"MaxResults", 2}, {"NextToken", first.Text("NextToken")}});
  ASSERT_TRUE(Succeeded(second));
  EXPECT_EQ(second.Text("UserPools.0.Id"), made[2]);
  EXPECT_EQ(second.Text("UserPools.1.Id"), made[3]);
  // A last page that is exactly full has no token.
  EXPECT_FALSE(second.body.contains("NextToken"));
}

TEST_F(ListUserPoolsTest, ListsThePoolsOfTheSignedRegion) {
  std::string here = MakePool();
  signed_region_ = std::string("us-west-2");
  std::string there = MakePool();
  EXPECT_TRUE(there.starts_with("us-west-2_"));
  Reply reply = Call("ListUserPools", R"({"MaxResults":60})");
  EXPECT_EQ(reply.At("UserPools").as_array().size(), 1u);
  EXPECT_EQ(reply.Text("UserPools.0.Id"), there);
  EXPECT_EQ(Call("DescribeUserPool", {{"UserPoolId", here}}).code, "ResourceNotFoundException");
}

TEST_F(ListUserPoolsTest, AForgedTokenIsRefused) {
  EXPECT_TRUE(FailedWith(Call("ListUserPools", R"({"MaxResults":1,"NextToken":"bm9uZQ"})"),
                         "InvalidParameterException", "Invalid pagination token."));
}

}  // namespace
}  // namespace sallyport::operations
