// A call that is signed for one region does not find what belongs to another.
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class Regions : public UserTest {
 protected:
  Regions() { MakeUser("alice"); }
};

TEST_F(Regions, ASignedCallFindsNoPoolOfAnother) {
  const json::object user{{"UserPoolId", pool_}, {"Username", "alice"}};
  const json::object pool{{"UserPoolId", pool_}};
  const json::object client{{"UserPoolId", pool_}, {"ClientId", client_}};
  const std::string arn = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/" + pool_;
  const std::pair<std::string_view, json::object> calls[] = {
      {"DescribeUserPool", pool},
      {"UpdateUserPool", pool},
      {"DescribeUserPoolClient", client},
      {"AdminGetUser", user},
      {"AdminDeleteUser", user},
      {"AdminUserGlobalSignOut", user},
      {"AdminInitiateAuth",
       {{"UserPoolId", pool_},
        {"ClientId", client_},
        {"AuthFlow", "ADMIN_USER_PASSWORD_AUTH"},
        {"AuthParameters", {{"USERNAME", "alice"}, {"PASSWORD", kPassword}}}}},
      {"ListUsers", pool},
      {"ListTagsForResource", {{"ResourceArn", arn}}},
      {"TagResource", {{"ResourceArn", arn}, {"Tags", {{"a", "b"}}}}},
      {"CreateUserPoolDomain", {{"UserPoolId", pool_}, {"Domain", "acme"}}},
      {"DeleteUserPool", pool},
  };
  signed_region_ = std::string("us-east-1");
  for (const auto& [operation, input] : calls) {
    EXPECT_TRUE(FailedWith(Call(operation, input), "ResourceNotFoundException",
                           "User pool " + pool_ + " does not exist."))
        << operation;
  }
  EXPECT_TRUE(
      Call("ListUserPools", json::object{{"MaxResults", 9}}).At("UserPools").as_array().empty());
  EXPECT_TRUE(MakePool().starts_with("us-east-1_"));
  // Calls without a region take that of the client or the token.
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(AccessTokenLives(tokens));
  signed_region_ = std::string("eu-west-1");
  for (const auto& [operation, input] : calls) {
    if (operation == "AdminDeleteUser") break;
    EXPECT_TRUE(Succeeded(Call(operation, input))) << operation;
  }
}

}  // namespace
}  // namespace sallyport::operations
