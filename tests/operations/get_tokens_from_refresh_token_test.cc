#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kReused = "Refresh token has been invalidated by rotation";

class GetTokensFromRefreshToken : public UserTest {
 protected:
  // From now on, tokens are issued to this client.
  void UseRotatingClient(int64_t grace_seconds, json::object more = {}) {
    more["ExplicitAuthFlows"] = {"ALLOW_USER_PASSWORD_AUTH"};
    more["RefreshTokenRotation"] = {{"Feature", "ENABLED"},
                                    {"RetryGracePeriodSeconds", grace_seconds}};
    client_ = MakeClient(pool_, std::move(more));
  }
  void SetTag(std::string_view value) {
    ASSERT_TRUE(Succeeded(Call(
        "UpdateUserPool",
        json::object{{"UserPoolId", pool_},
                     {"UserPoolTags", {{"sallyport:revoke-on-refresh-token-reuse", value}}}})));
  }
  Reply Renew(std::string_view token, json::object more = {}) {
    more["ClientId"] = client_;
    more["RefreshToken"] = token;
    return Call("GetTokensFromRefreshToken", more);
  }
};

TEST_F(GetTokensFromRefreshToken, WithoutRotationTheTokenGoesOn) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const Reply reply = Renew(tokens.refresh);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_FALSE(reply.body.contains("ChallengeParameters"));
  EXPECT_FALSE(reply.At("AuthenticationResult").as_object().contains("RefreshToken"));
  EXPECT_EQ(OriginOf(TokensOf(reply)), OriginOf(tokens));
  EXPECT_TRUE(AccessTokenLives(TokensOf(reply)));
  EXPECT_TRUE(Succeeded(Renew(tokens.refresh)));
  EXPECT_TRUE(RefreshTokenLives(tokens));
}

TEST_F(GetTokensFromRefreshToken, EachRefreshReplacesTheTokenAfterItsGracePeriod) {
  UseRotatingClient(20);
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  const Tokens second = TokensOf(Renew(first.refresh));
  ASSERT_NE(second.refresh, first.refresh);
  EXPECT_EQ(OriginOf(second), OriginOf(first));
  EXPECT_EQ(TokensOf(Renew(first.refresh)).refresh, second.refresh) << "a retry gets the same";
  clock_.AdvanceMillis(20'000);
  EXPECT_TRUE(FailedWith(Renew(first.refresh), "RefreshTokenReuseException", kReused));
  const Tokens third = TokensOf(Renew(second.refresh));
  EXPECT_FALSE(third.refresh.empty());
  EXPECT_TRUE(AccessTokenLives(third)) << "the reuse did no harm";
  Restart();
  EXPECT_TRUE(Succeeded(Renew(third.refresh)));
}

TEST_F(GetTokensFromRefreshToken, AReplacementLivesAsLongAsTheFirstWouldHave) {
  UseRotatingClient(0, {{"RefreshTokenValidity", 1}});
  MakeUser("alice");
  std::string token = SignIn("alice").refresh;
  clock_.AdvanceMillis(int64_t{86'399} * 1000);
  token = TokensOf(Renew(token)).refresh;
  ASSERT_FALSE(token.empty());
  clock_.AdvanceMillis(1000);
  EXPECT_TRUE(FailedWith(Renew(token), "NotAuthorizedException", "Refresh Token has expired"));
}

TEST_F(GetTokensFromRefreshToken, AReuseRevokesTheFamilyWhereThePoolSaysSo) {
  UseRotatingClient(0);
  SetTag("true");
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  const Tokens other = SignIn("alice");
  const Tokens second = TokensOf(Renew(first.refresh));
  EXPECT_EQ(Renew(second.refresh + "x").code, "NotAuthorizedException") << "forged: no reuse";
  EXPECT_TRUE(AccessTokenLives(second));
  const uint64_t before = Head();
  const Reply reuse = Renew(first.refresh);
  EXPECT_TRUE(FailedWith(reuse, "RefreshTokenReuseException", kReused));
  EXPECT_EQ(RevokedAfter(before), std::vector<std::string>{OriginOf(first)});
  EXPECT_EQ(reuse.await_release, Head()) << "the answer says that it is revoked";
  EXPECT_FALSE(AccessTokenLives(first));
  EXPECT_FALSE(AccessTokenLives(second));
  EXPECT_TRUE(FailedWith(Renew(second.refresh), "NotAuthorizedException",
                         "Refresh Token has been revoked"));
  EXPECT_TRUE(AccessTokenLives(other));
}

TEST_F(GetTokensFromRefreshToken, AnyTokenOfAFamilyRevokesIt) {
  UseRotatingClient(0);
  MakeUser("alice");
  const Tokens first = SignIn("alice");
  const Tokens second = TokensOf(Renew(first.refresh));
  ASSERT_TRUE(Succeeded(
      Call("RevokeToken", json::object{{"ClientId", client_}, {"Token", first.refresh}})));
  EXPECT_FALSE(AccessTokenLives(second));
  EXPECT_TRUE(FailedWith(Renew(second.refresh), "NotAuthorizedException",
                         "Refresh Token has been revoked"));
}

TEST_F(GetTokensFromRefreshToken, RefreshTokenAuthIsRefusedWhileTokensRotate) {
  UseRotatingClient(0);
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(Refresh(tokens), "InvalidParameterException",
                         "REFRESH_TOKEN_AUTH flow not enabled for this client"));
  // AWS's default flows have it.
  ASSERT_TRUE(Succeeded(Call("UpdateUserPoolClient",
                             json::object{{"UserPoolId", pool_},
                                          {"ClientId", client_},
                                          {"RefreshTokenRotation", {{"Feature", "ENABLED"}}}})));
  EXPECT_FALSE(Refresh(tokens).ok());
  const Tokens rotated = TokensOf(Renew(tokens.refresh));
  ASSERT_TRUE(Succeeded(
      Call("UpdateUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})));
  EXPECT_TRUE(FailedWith(Refresh(tokens), "NotAuthorizedException", "Invalid Refresh Token"))
      << "replaced while tokens rotated";
  EXPECT_TRUE(Succeeded(Refresh(rotated)));
}

TEST_F(GetTokensFromRefreshToken, RotationAndTheRefreshFlowExcludeEachOther) {
  const Reply reply =
      Call("CreateUserPoolClient",
           json::object{{"UserPoolId", pool_},
                        {"ClientName", "both"},
                        {"ExplicitAuthFlows", {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}},
                        {"RefreshTokenRotation", {{"Feature", "ENABLED"}}}});
  EXPECT_TRUE(
      FailedWith(reply, "InvalidParameterException",
                 "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh "
                 "token rotation is enabled."));
  client_ = MakeClient(pool_, {{"RefreshTokenRotation", {{"Feature", "DISABLED"}}},
                               {"ExplicitAuthFlows", {"ALLOW_REFRESH_TOKEN_AUTH"}}});
  const Reply described =
      Call("DescribeUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}});
  EXPECT_EQ(described.At("UserPoolClient.RefreshTokenRotation.RetryGracePeriodSeconds").as_int64(),
            0);
}

TEST_F(GetTokensFromRefreshToken, TheClientProvesItselfAndHoldsItsOwnTokens) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  UseRotatingClient(0, {{"GenerateSecret", true}});
  EXPECT_TRUE(FailedWith(Renew(tokens.refresh), "NotAuthorizedException",
                         "Unable to verify secret for client " + client_));
  const std::string secret =
      Call("DescribeUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})
          .Text("UserPoolClient.ClientSecret");
  EXPECT_TRUE(FailedWith(Renew(tokens.refresh, {{"ClientSecret", secret}}),
                         "NotAuthorizedException", "Invalid Refresh Token"));
  EXPECT_TRUE(FailedWith(Renew("garbage", {{"ClientSecret", secret}}), "NotAuthorizedException",
                         "Invalid Refresh Token"));
}

TEST_F(GetTokensFromRefreshToken, AClientThatMayNotRefreshMayNotHereEither) {
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  MakeUser("alice");
  EXPECT_TRUE(FailedWith(Renew(SignIn("alice").refresh), "InvalidParameterException",
                         "REFRESH_TOKEN_AUTH flow not enabled for this client"));
}

}  // namespace
}  // namespace sallyport::operations
