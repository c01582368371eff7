#include "fixture.h"

namespace sallyport::operations {
namespace {

using ListTagsForResourceTest = OperationTest;

TEST_F(ListTagsForResourceTest, APoolWithoutTagsHasAnEmptyMap) {
  const std::string pool = MakePool();
  const std::string arn = Call("DescribeUserPool", {{"UserPoolId", pool}}).Text("UserPool.Arn");
  EXPECT_EQ(Call("ListTagsForResource", {{"ResourceArn", arn}}).At("Tags"), boost::json::object());
}

TEST_F(ListTagsForResourceTest, WhatIsNoPoolIsNotFound) {
  for (const char* arn : {"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_aaaaaaaaa",
                          "arn:aws:cognito-idp:eu-west-1:000000000000:identitypool/x"}) {
    EXPECT_EQ(Call("ListTagsForResource", {{"ResourceArn", arn}}).code,
              "ResourceNotFoundException");
  }
}

}  // namespace
}  // namespace sallyport::operations
