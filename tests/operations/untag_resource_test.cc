#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

using UntagResourceTest = OperationTest;

TEST_F(UntagResourceTest, TheKeysNamedGo) {
  const std::string pool = MakePool({{"UserPoolTags", {{"a", "1"}, {"b", "2"}}}});
  const std::string arn = Call("DescribeUserPool", {{"UserPoolId", pool}}).Text("UserPool.Arn");
  ASSERT_TRUE(Succeeded(
      Call("UntagResource", {{"ResourceArn", arn}, {"TagKeys", json::array{"a", "unknown"}}})));
  EXPECT_EQ(Call("ListTagsForResource", {{"ResourceArn", arn}}).At("Tags"),
            (json::object{{"b", "2"}}));
}

}  // namespace
}  // namespace sallyport::operations
