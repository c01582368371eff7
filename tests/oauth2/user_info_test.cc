#include <boost/json/serialize.hpp>

#include "domain/keys/key_ring.h"
#include "oauth_fixture.h"

namespace sallyport::oauth2 {
namespace {

namespace json = boost::json;

class UserInfoTest : public OAuthTest {
 protected:
  UserInfoTest() {
    MakeUser("alice", operations::AttributeList({{"email", "alice@example.com"},
                                                 {"email_verified", "true"},
                                                 {"phone_number", "+15550100"},
                                                 {"name", "Alice"}}));
    tokens_ = SignIn("alice");
  }
  // The family's access token with other scopes, signed by the pool's key, as the authorization
  // endpoint would grant them.
  std::string WithScope(std::string_view scope) {
    json::object claims = ClaimsOf(tokens_.access);
    claims["scope"] = scope;
    const auto key = keys_->Current(pool_);
    return *(*key)->signing.SignJwt((*key)->kid, json::serialize(claims));
  }
  Tokens tokens_;
};

TEST_F(UserInfoTest, OpenidAloneOpensEveryAttribute) {
  const OAuthReply reply = Get(WithScope("openid aws.cognito.signin.user.admin"));
  ASSERT_EQ(reply.response.status, 200) << reply.response.body;
  EXPECT_EQ(reply.Text("sub"), std::string(ClaimsOf(tokens_.access)["sub"].as_string()));
  EXPECT_EQ(reply.Text("username"), "alice");
  // Text, not a boolean.
  EXPECT_EQ(reply.Text("email_verified"), "true");
  EXPECT_EQ(reply.Text("email"), "alice@example.com");
  EXPECT_EQ(reply.Text("phone_number"), "+15550100");
  EXPECT_EQ(reply.Text("name"), "Alice");
}

TEST_F(UserInfoTest, OtherScopesSayWhichAttributes) {
  const OAuthReply email = Get(WithScope("openid email"));
  EXPECT_EQ(email.Text("email"), "alice@example.com");
  EXPECT_EQ(email.Text("email_verified"), "true");
  EXPECT_EQ(email.body.size(), 4u) << email.response.body;
  const OAuthReply profile = Get(WithScope("profile openid"));
  EXPECT_EQ(profile.Text("name"), "Alice");
  EXPECT_EQ(profile.body.size(), 3u) << profile.response.body;
  EXPECT_EQ(Get(WithScope("openid phone")).Text("phone_number"), "+15550100");
}

TEST_F(UserInfoTest, WhatTheClientMayNotReadIsNotShown) {
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPoolClient",
      {{"UserPoolId", pool_}, {"ClientId", client_}, {"ReadAttributes", json::array{"name"}}})));
  const OAuthReply reply = Get(WithScope("openid"));
  EXPECT_EQ(reply.Text("name"), "Alice");
  EXPECT_FALSE(reply.body.contains("email"));
}

TEST_F(UserInfoTest, OnlyALivingAccessTokenWithOpenidIsTaken) {
  const OAuthReply api = Get(tokens_.access);
  EXPECT_TRUE(Refused(api, 401, "invalid_token"));
  EXPECT_EQ(api.response.www_authenticate,
            "Bearer error=\"invalid_token\", error_description=\"Access token does not contain "
            "openid scope\"");
  const std::string token = WithScope("openid");
  EXPECT_TRUE(Refused(Get(tokens_.id), 401, "invalid_token"));
  EXPECT_TRUE(Refused(Get("garbage"), 401, "invalid_token"));
  EXPECT_TRUE(
      Refused(Get(MachineToken({{"grant_type", "client_credentials"}}).Text("access_token")), 401,
              "invalid_token"));
  path_pool_ = MakePool();
  EXPECT_TRUE(Refused(Get(token), 401, "invalid_token"));
  path_pool_.clear();
  ASSERT_EQ(Get(token).response.status, 200);
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  EXPECT_TRUE(Refused(Get(token), 401, "invalid_token"));
}

TEST_F(UserInfoTest, TheTokenComesInTheHeaderOrInAPostedForm) {
  const std::string token = WithScope("openid");
  EXPECT_EQ(Post(UserInfo, {{"access_token", token}}).response.status, 200);
  EXPECT_EQ(Post(UserInfo, {}, "bearer " + token).response.status, 200);
  const OAuthReply none = Post(UserInfo, {});
  EXPECT_TRUE(Refused(none, 400, "invalid_request"));
  EXPECT_TRUE(none.response.www_authenticate.starts_with("Bearer error=\"invalid_request\""));
  EXPECT_TRUE(Refused(Post(UserInfo, {{"access_token", token}}, "Bearer " + token), 400,
                      "invalid_request"));
  EXPECT_TRUE(Refused(Post(UserInfo, {}, Basic(machine_, secret_)), 400, "invalid_request"));
}

}  // namespace
}  // namespace sallyport::oauth2
