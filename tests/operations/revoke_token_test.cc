#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class RevokeToken : public UserTest {
 protected:
  Reply Revoke(std::string_view token, json::object more = {}) {
    more["Token"] = token;
    more["ClientId"] = client_;
    return Call("RevokeToken", more);
  }
};

TEST_F(RevokeToken, RevokesItsFamilyAndNoOther) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const Tokens other = SignIn("alice");
  const Tokens refreshed = TokensOf(Refresh(tokens));
  const uint64_t before = Head();
  const Reply reply = Revoke(tokens.refresh);
  EXPECT_TRUE(reply.body.empty());
  ExpectRevoked(reply, {tokens}, before);
  EXPECT_TRUE(
      FailedWith(By(tokens, "GetUser"), "NotAuthorizedException", "Access Token has been revoked"));
  EXPECT_FALSE(AccessTokenLives(refreshed));
  EXPECT_TRUE(
      FailedWith(Refresh(tokens), "NotAuthorizedException", "Refresh Token has been revoked"));
  EXPECT_TRUE(AccessTokenLives(other));
  EXPECT_TRUE(RefreshTokenLives(other));
}

TEST_F(RevokeToken, ARetryChangesNothingAndWaitsForTheSameRelease) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Revoke(tokens.refresh)));
  const uint64_t before = Head();
  const Reply again = Revoke(tokens.refresh);
  EXPECT_TRUE(Succeeded(again));
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(again.await_release, before);
  EXPECT_EQ(Revoke("unknown").await_release, before);
}

TEST_F(RevokeToken, AnAccessTokenIsNotWhatItTakes) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_EQ(Revoke(tokens.access).code, "UnsupportedTokenTypeException");
  EXPECT_EQ(Revoke(tokens.id).code, "UnsupportedTokenTypeException");
  EXPECT_TRUE(AccessTokenLives(tokens));
}

TEST_F(RevokeToken, TheClientProvesItselfFirst) {
  const std::string open_client = client_;
  client_ = MakeClient(pool_, {{"GenerateSecret", true},
                               {"EnableTokenRevocation", false},
                               {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  EXPECT_EQ(Revoke("x").code, "UnauthorizedException");
  EXPECT_EQ(Revoke("x", {{"ClientSecret", "wrongwrongwrongwrongwrong"}}).code,
            "UnauthorizedException");
  const std::string secret =
      Call("DescribeUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})
          .Text("UserPoolClient.ClientSecret");
  EXPECT_EQ(Revoke("x", {{"ClientSecret", secret}}).code, "UnsupportedOperationException");
  client_ = open_client;
  EXPECT_TRUE(Succeeded(Revoke("x")));
  client_ = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(Revoke("x").code, "UnauthorizedException");
}

TEST_F(RevokeToken, AnotherClientCannotRevoke) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const std::string own = client_;
  client_ = MakeClient(pool_);
  EXPECT_EQ(Revoke(tokens.refresh).code, "UnauthorizedException");
  client_ = own;
  EXPECT_TRUE(RefreshTokenLives(tokens));
}

}  // namespace
}  // namespace sallyport::operations
