#include "domain/clients/client.h"
#include "domain/clients/secret_hash.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class InitiateAuth : public UserTest {
 protected:
  Reply Flow(std::string_view flow, json::object parameters) {
    return Call("InitiateAuth", json::object{{"ClientId", client_},
                                             {"AuthFlow", flow},
                                             {"AuthParameters", std::move(parameters)}});
  }
};

TEST_F(InitiateAuth, GivesTokensForThePassword) {
  IgnoreCase();
  MakeUser("alice");
  const Reply reply = Initiate("ALICE");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("AuthenticationResult.TokenType"), "Bearer");
  EXPECT_EQ(reply.At("AuthenticationResult.ExpiresIn").as_int64(), 3600);
  EXPECT_TRUE(reply.At("ChallengeParameters").as_object().empty());
  EXPECT_FALSE(reply.body.contains("ChallengeName"));
  const Tokens tokens = TokensOf(reply);
  EXPECT_EQ(ClaimsOf(tokens.access).at("username").as_string(), "alice");
  EXPECT_TRUE(AccessTokenLives(tokens));
  EXPECT_EQ(reply.await_release, std::nullopt);
}

TEST_F(InitiateAuth, ARefreshGivesNewTokensOfTheSameFamilyAndNoRefreshToken) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  const Reply reply = Refresh(tokens);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_FALSE(reply.At("AuthenticationResult").as_object().contains("RefreshToken"));
  EXPECT_EQ(OriginOf(TokensOf(reply)), OriginOf(tokens));
  EXPECT_TRUE(Succeeded(Flow("REFRESH_TOKEN", {{"REFRESH_TOKEN", tokens.refresh}})));
}

TEST_F(InitiateAuth, UnknownUserAndWrongPasswordBothCostAHash) {
  MakeUser("alice");
  uint64_t before = passwords_->computed();
  EXPECT_TRUE(FailedWith(Initiate("alice", "Wr0ngword!"), "NotAuthorizedException",
                         "Incorrect username or password."));
  EXPECT_EQ(passwords_->computed(), before + 1);
  EXPECT_TRUE(FailedWith(Initiate("nobody"), "UserNotFoundException", "User does not exist."));
  EXPECT_EQ(passwords_->computed(), before + 2);
  client_ = MakeClient(pool_, {{"PreventUserExistenceErrors", "ENABLED"},
                               {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  before = passwords_->computed();
  EXPECT_TRUE(
      FailedWith(Initiate("nobody"), "NotAuthorizedException", "Incorrect username or password."));
  EXPECT_EQ(passwords_->computed(), before + 1);
}

TEST_F(InitiateAuth, FlowsMustBeAllowed) {
  MakeUser("alice");
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_SRP_AUTH"}}});
  EXPECT_TRUE(FailedWith(Initiate("alice"), "InvalidParameterException",
                         "USER_PASSWORD_AUTH flow not enabled for this client"));
  EXPECT_TRUE(FailedWith(Flow("ADMIN_USER_PASSWORD_AUTH", {}), "InvalidParameterException",
                         "Initiate Auth method not supported."));
  client_ = MakeClient(pool_);
  EXPECT_TRUE(FailedWith(Initiate("alice"), "InvalidParameterException",
                         "USER_PASSWORD_AUTH flow not enabled for this client"));
  client_ = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_TRUE(FailedWith(Initiate("alice"), "ResourceNotFoundException",
                         "User pool client abcdefghijklmnopqrstuvwxyz does not exist."));
}

TEST_F(InitiateAuth, ParametersThatAreMissingAreNamed) {
  EXPECT_TRUE(FailedWith(Flow("USER_PASSWORD_AUTH", {{"PASSWORD", "x"}}),
                         "InvalidParameterException", "Missing required parameter USERNAME"));
  EXPECT_TRUE(FailedWith(Flow("USER_PASSWORD_AUTH", {{"USERNAME", "x"}}),
                         "InvalidParameterException", "Missing required parameter PASSWORD"));
  EXPECT_TRUE(FailedWith(Flow("REFRESH_TOKEN_AUTH", {}), "InvalidParameterException",
                         "Missing required parameter REFRESH_TOKEN"));
}

TEST_F(InitiateAuth, AClientWithASecretMustShowItsHash) {
  MakeUser("alice");
  client_ = MakeClient(
      pool_, {{"GenerateSecret", true},
              {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}});
  EXPECT_TRUE(FailedWith(
      Initiate("alice"), "NotAuthorizedException",
      "Client " + client_ + " is configured with secret but SECRET_HASH was not received"));
  EXPECT_TRUE(
      FailedWith(Flow("USER_PASSWORD_AUTH",
                      {{"USERNAME", "alice"}, {"PASSWORD", kPassword}, {"SECRET_HASH", "wrong"}}),
                 "NotAuthorizedException", "Unable to verify secret hash for client " + client_));
  const auto client = domain::GetClient(*services_, client_).value();
  const std::string hash = domain::SecretHash(
      domain::OpenSecret(vault_, client->secrets[0]).value().Reveal(), "alice", client_);
  const Reply reply = Flow("USER_PASSWORD_AUTH",
                           {{"USERNAME", "alice"}, {"PASSWORD", kPassword}, {"SECRET_HASH", hash}});
  ASSERT_TRUE(Succeeded(reply));
  const Tokens tokens = TokensOf(reply);
  EXPECT_EQ(Refresh(tokens).code, "NotAuthorizedException");
  EXPECT_TRUE(Succeeded(
      Flow("REFRESH_TOKEN_AUTH", {{"REFRESH_TOKEN", tokens.refresh}, {"SECRET_HASH", hash}})));
}

TEST_F(InitiateAuth, NothingIsIssuedFromARestoredStore) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  issuing_stopped_ = true;
  EXPECT_EQ(Initiate("alice").status, 500);
  EXPECT_EQ(Refresh(tokens).status, 500);
}

TEST_F(InitiateAuth, ARefreshTokenOfADeletedClientIsNoUse) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(
      Call("DeleteUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})));
  EXPECT_FALSE(RefreshTokenLives(tokens));
  EXPECT_FALSE(AccessTokenLives(tokens));
}

TEST_F(InitiateAuth, OnlyFlowsThatHashRunOnTheHashLane) {
  const auto lane = [&](std::string_view flow) {
    const std::string body =
        json::serialize(json::object{{"ClientId", client_}, {"AuthFlow", flow}});
    Answer early(store::Wait::NothingRevoked());
    Request request;
    request.target = "AWSCognitoIdentityProviderService.InitiateAuth";
    request.body = body;
    return Dispatcher::LaneOf(*dispatcher_->Prepare(std::move(request), &early));
  };
  EXPECT_EQ(lane("USER_PASSWORD_AUTH"), Lane::kHash);
  EXPECT_EQ(lane("REFRESH_TOKEN_AUTH"), Lane::kQuick);
}

}  // namespace
}  // namespace sallyport::operations
