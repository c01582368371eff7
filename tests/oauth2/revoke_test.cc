#include "oauth_fixture.h"

namespace sallyport::oauth2 {
namespace {

namespace json = boost::json;

class RevokeTest : public OAuthTest {
 protected:
  RevokeTest() {
    MakeUser("alice");
    tokens_ = SignIn("alice");
  }
  OAuthReply RevokeAs(std::string_view client, std::string_view token) {
    return Post(Revoke, {{"client_id", client}, {"token", token}});
  }
  Tokens tokens_;
};

TEST_F(RevokeTest, RevokesTheFamilyAndWaits) {
  const uint64_t before = Head();
  const OAuthReply reply = RevokeAs(client_, tokens_.refresh);
  EXPECT_EQ(reply.response.status, 200);
  EXPECT_EQ(reply.response.body, "");
  EXPECT_EQ(Head(), before + 1);
  EXPECT_EQ(reply.response.wait.release()->sequence(), Head());
  EXPECT_EQ(RevokedAfter(before), std::vector<std::string>{OriginOf(tokens_)});
  EXPECT_FALSE(AccessTokenLives(tokens_));
  EXPECT_FALSE(RefreshTokenLives(tokens_));
}

TEST_F(RevokeTest, WaitsAlsoWhereNothingChanged) {
  RevokeAs(client_, tokens_.refresh);
  const OAuthReply again = RevokeAs(client_, tokens_.refresh);
  EXPECT_EQ(again.response.status, 200);
  EXPECT_EQ(again.response.wait.release()->sequence(), Head());
  const OAuthReply garbage = RevokeAs(client_, "garbage");
  EXPECT_EQ(garbage.response.status, 200);
  EXPECT_EQ(garbage.response.wait.release()->sequence(), Head());
  EXPECT_EQ(RevokeAs("nobody", "garbage").response.wait.release()->sequence(), Head());
}

TEST_F(RevokeTest, RefusesWhatAwsRefuses) {
  EXPECT_TRUE(Refused(RevokeAs(client_, tokens_.access), 400, "unsupported_token_type"));
  EXPECT_TRUE(Refused(RevokeAs(client_, ""), 400, "invalid_request"));
  EXPECT_TRUE(Refused(RevokeAs("nobody", tokens_.refresh), 401, "invalid_client"));
  const OAuthReply wrong = Post(Revoke, {{"token", tokens_.refresh}}, Basic(machine_, "wrong"));
  EXPECT_TRUE(Refused(wrong, 401, "invalid_client"));
  EXPECT_TRUE(wrong.response.www_authenticate.starts_with("Basic "));
  // A client may not revoke another client's token.
  EXPECT_TRUE(Refused(Post(Revoke, {{"token", tokens_.refresh}}, Basic(machine_, secret_)), 400,
                      "invalid_grant"));
  EXPECT_TRUE(AccessTokenLives(tokens_));
  EXPECT_TRUE(RefreshTokenLives(tokens_));
}

TEST_F(RevokeTest, AClientWithoutRevocationIsToldSo) {
  const std::string client = MakeClient(pool_, {{"EnableTokenRevocation", false}});
  EXPECT_TRUE(Refused(RevokeAs(client, "x"), 400, "invalid_request"));
}

TEST_F(RevokeTest, APoolThatIsNamedMustBeTheClients) {
  path_pool_ = MakePool();
  EXPECT_TRUE(Refused(RevokeAs(client_, tokens_.refresh), 401, "invalid_client"));
  path_pool_ = pool_;
  EXPECT_EQ(RevokeAs(client_, tokens_.refresh).response.status, 200);
}

}  // namespace
}  // namespace sallyport::oauth2
