#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "fixture.h"
#include "operations/pools/settings_table.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class TagResourceTest : public OperationTest {
 protected:
  Reply Tag(json::object tags) {
    return Call("TagResource", {{"ResourceArn", arn_}, {"Tags", std::move(tags)}});
  }
  json::value Tags() { return Call("ListTagsForResource", {{"ResourceArn", arn_}}).At("Tags"); }
  std::string pool_ = MakePool({{"UserPoolTags", {{"a", "1"}, {"b", "2"}}}});
  std::string arn_ = Call("DescribeUserPool", {{"UserPoolId", pool_}}).Text("UserPool.Arn");
};

TEST_F(TagResourceTest, TagsAreThoseOfThePool) {
  EXPECT_EQ(Tags(), (json::object{{"a", "1"}, {"b", "2"}}));
  ASSERT_TRUE(Succeeded(Tag({{"b", "3"}, {"c", ""}})));
  const json::object all{{"a", "1"}, {"b", "3"}, {"c", ""}};
  EXPECT_EQ(Tags(), all);
  EXPECT_EQ(Call("DescribeUserPool", {{"UserPoolId", pool_}}).At("UserPool.UserPoolTags"), all);
}

TEST_F(TagResourceTest, ASettingAmongTheTagsTakesEffect) {
  EXPECT_TRUE(domain::GetPool(*services_, pool_).value()->settings.revoke_on_password_change);
  ASSERT_TRUE(Succeeded(Tag({{"sallyport:revoke-on-password-change", "false"}})));
  EXPECT_FALSE(domain::GetPool(*services_, pool_).value()->settings.revoke_on_password_change);
}

TEST_F(TagResourceTest, ThereAreFiftyAtMost) {
  json::object many;
  for (int i = 0; i < 49; ++i) many["k" + std::to_string(i)] = "v";
  EXPECT_TRUE(
      FailedWith(Tag(many), "InvalidParameterException", "A user pool can have at most 50 tags."));
  EXPECT_EQ(Tags().as_object().size(), 2u);
}

TEST_F(TagResourceTest, AnotherAccountsArnIsNotFound) {
  arn_ = "arn:aws:cognito-idp:eu-west-1:999999999999:userpool/" + pool_;
  EXPECT_TRUE(FailedWith(Tag({{"a", "1"}}), "ResourceNotFoundException",
                         "Resource " + arn_ + " does not exist."));
}

// An earlier version accepted any tag.
TEST_F(TagResourceTest, ATagThatWouldBeRefusedTodayHoldsNoOtherBack) {
  ASSERT_TRUE(domain::Commit(*services_, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_));
    pool.description[domain::kTagsMember] = {{"sallyport:x", "1"}, {"sallyport:y", "2"}};
    return domain::PutPool(tx, pool);
  }));
  ASSERT_TRUE(Succeeded(Tag({{"a", "1"}})));
  ASSERT_TRUE(Succeeded(
      Call("UntagResource", {{"ResourceArn", arn_}, {"TagKeys", json::array{"sallyport:x"}}})));
  EXPECT_EQ(Tags(), (json::object{{"sallyport:y", "2"}, {"a", "1"}}));
  EXPECT_EQ(Tag({{"sallyport:y", "3"}}).code, "InvalidParameterException");
  // The log tells the operator.
  const std::vector<std::string> refused = RefusedToday(**domain::GetPool(*services_, pool_));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_TRUE(refused[0].starts_with("Tag sallyport:y ")) << refused[0];
}

}  // namespace
}  // namespace sallyport::operations
