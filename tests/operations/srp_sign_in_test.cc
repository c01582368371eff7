// USER_SRP_AUTH and PASSWORD_VERIFIER, with the client's side of SRP.
#include "domain/clients/client.h"
#include "domain/clients/secret_hash.h"
#include "srp_proof.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kIncorrect = "Incorrect username or password.";

class SrpSignIn : public UserTest {
 protected:
  SrpSignIn() { client_ = SrpClientOf("LEGACY"); }

  std::string SrpClientOf(std::string_view existence_errors, json::object more = {}) {
    more["PreventUserExistenceErrors"] = existence_errors;
    more["ExplicitAuthFlows"] = {"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH",
                                 "ALLOW_REFRESH_TOKEN_AUTH"};
    return MakeClient(pool_, std::move(more));
  }

  Reply Begin(std::string_view name, json::object more = {}) {
    more["USERNAME"] = name;
    more.emplace("SRP_A", srp_.PublicValue());
    return Call("InitiateAuth", json::object{{"ClientId", client_},
                                             {"AuthFlow", "USER_SRP_AUTH"},
                                             {"AuthParameters", std::move(more)}});
  }

  // The responses that prove `password` to the challenge `begun`.
  json::object Proof(const Reply& begun, std::string_view password) {
    return SrpProof(srp_, pool_, begun, password, clock_.WallSeconds());
  }

  Reply Answer(const json::object& responses) {
    return Call("RespondToAuthChallenge", json::object{{"ClientId", client_},
                                                       {"ChallengeName", "PASSWORD_VERIFIER"},
                                                       {"ChallengeResponses", responses}});
  }

  Reply SignInBySrp(std::string_view name, std::string_view password = kPassword) {
    const Reply begun = Begin(name);
    EXPECT_TRUE(Succeeded(begun));
    EXPECT_EQ(begun.Text("ChallengeName"), "PASSWORD_VERIFIER");
    return Answer(Proof(begun, password));
  }

  // A user as stored before there were verifiers.
  void ForgetVerifier(std::string_view name) {
    const std::string sub = *AttributeOf(name, "sub");
    ASSERT_TRUE(
        store_->Update([&](store::Tx& tx) { return tx.Delete("password/" + pool_ + "/" + sub); })
            .ok());
  }

  domain::SrpClient srp_;
};

TEST_F(SrpSignIn, GivesTokensForThePasswordThatDidNotTravel) {
  IgnoreCase();
  MakeUser("alice");
  const Reply reply = SignInBySrp("ALICE");
  ASSERT_TRUE(Succeeded(reply));
  const Tokens tokens = TokensOf(reply);
  EXPECT_EQ(ClaimsOf(tokens.access).at("username").as_string(), "alice");
  EXPECT_TRUE(AccessTokenLives(tokens));
  EXPECT_TRUE(RefreshTokenLives(tokens));
  EXPECT_TRUE(FailedWith(SignInBySrp("alice", "Wr0ngword!"), "NotAuthorizedException", kIncorrect));
}

TEST_F(SrpSignIn, TheFirstStepWritesNothing) {
  MakeUser("alice");
  const uint64_t head = Head();
  const Reply begun = Begin("alice");
  EXPECT_EQ(Head(), head);
  EXPECT_FALSE(begun.body.contains("Session"));
  Restart();
  EXPECT_TRUE(Succeeded(Answer(Proof(begun, kPassword)))) << "the session travels with the client";
}

TEST_F(SrpSignIn, EachChangeOfThePasswordMakesItsVerifier) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(
      Succeeded(By(tokens, "ChangePassword",
                   {{"PreviousPassword", kPassword}, {"ProposedPassword", "An0ther!word"}})));
  EXPECT_FALSE(SignInBySrp("alice").ok());
  EXPECT_TRUE(Succeeded(SignInBySrp("alice", "An0ther!word")));
}

TEST_F(SrpSignIn, ATemporaryPasswordLeadsToANewOne) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice",
                              {{"TemporaryPassword", kPassword}, {"MessageAction", "SUPPRESS"}})));
  const Reply challenged = SignInBySrp("alice");
  ASSERT_TRUE(Succeeded(challenged));
  ASSERT_EQ(challenged.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  const Reply done =
      Call("RespondToAuthChallenge",
           json::object{
               {"ClientId", client_},
               {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
               {"Session", challenged.Text("Session")},
               {"ChallengeResponses", {{"USERNAME", "alice"}, {"NEW_PASSWORD", "N3w!password"}}}});
  ASSERT_TRUE(Succeeded(done));
  EXPECT_TRUE(Succeeded(SignInBySrp("alice", "N3w!password")));
}

TEST_F(SrpSignIn, ASecretBlockIsGoodForOneAnswer) {
  MakeUser("alice");
  const Reply begun = Begin("alice");
  const json::object proof = Proof(begun, kPassword);
  ASSERT_TRUE(Succeeded(Answer(proof)));
  constexpr std::string_view kUsed = "Invalid session for the user, session can only be used once.";
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kUsed));

  const Reply other = Begin("alice");
  EXPECT_TRUE(FailedWith(Answer(Proof(other, "Wr0ngword!")), "NotAuthorizedException", kIncorrect));
  EXPECT_TRUE(FailedWith(Answer(Proof(other, kPassword)), "NotAuthorizedException", kUsed))
      << "a wrong guess uses it up";

  ASSERT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice", {{"Password", kPassword}})));
  const json::object temporary = Proof(Begin("alice"), kPassword);
  EXPECT_EQ(Answer(temporary).Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  EXPECT_TRUE(FailedWith(Answer(temporary), "NotAuthorizedException", kUsed));
}

TEST_F(SrpSignIn, ASecretBlockIsOneClientsOnePasswordsAndExpires) {
  MakeUser("alice");
  json::object proof = Proof(Begin("alice"), kPassword);
  const std::string first = client_;
  client_ = SrpClientOf("LEGACY");
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));
  client_ = first;
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", kPassword}, {"Permanent", true}})));
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect))
      << "the password was set again meanwhile";

  proof = Proof(Begin("alice"), kPassword);
  proof["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA";
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));

  const Reply begun = Begin("alice");
  clock_.AdvanceMillis(3 * 60'000);
  EXPECT_TRUE(FailedWith(Answer(Proof(begun, kPassword)), "NotAuthorizedException",
                         "Invalid session for the user, session is expired."));
}

// The restore before it may have lost the record that the block was answered.
TEST_F(SrpSignIn, ASecretBlockFromBeforeARecoverIsRefused) {
  MakeUser("alice");
  const json::object proof = Proof(Begin("alice"), kPassword);
  ASSERT_TRUE(store_->BeginHistory().ok());
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));
  EXPECT_TRUE(Succeeded(SignInBySrp("alice")));
}

TEST_F(SrpSignIn, TheUserIsTheOneWhoBegan) {
  MakeUser("alice");
  MakeUser("bob");
  json::object proof = Proof(Begin("alice"), kPassword);
  proof["USERNAME"] = "bob";
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));
}

TEST_F(SrpSignIn, TimestampsHaveOneFormAndAreOfThisHour) {
  MakeUser("alice");
  json::object proof = Proof(Begin("alice"), kPassword);
  proof["TIMESTAMP"] = "2026-11-07T09:05:01Z";
  EXPECT_TRUE(FailedWith(Answer(proof), "InvalidParameterException",
                         "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."));
  proof["TIMESTAMP"] = domain::SrpTimestamp(clock_.WallSeconds() - 3600);
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));
}

TEST_F(SrpSignIn, AnUnknownNameIsToldOrAnsweredAsAKnownOne) {
  IgnoreCase();
  EXPECT_TRUE(FailedWith(Begin("nobody"), "UserNotFoundException", "User does not exist."));
  client_ = SrpClientOf("ENABLED");
  MakeUser("alice");
  const Reply known = Begin("Alice");
  const Reply unknown = Begin("Nobod");
  ASSERT_TRUE(Succeeded(unknown));
  EXPECT_EQ(unknown.Text("ChallengeParameters.USER_ID_FOR_SRP"), "nobod");
  EXPECT_EQ(known.Text("ChallengeParameters.USER_ID_FOR_SRP"), "alice");
  EXPECT_EQ(Begin("NOBOD").Text("ChallengeParameters.SALT"),
            unknown.Text("ChallengeParameters.SALT"));
  for (const std::string_view member : {"SALT", "SECRET_BLOCK"}) {
    const std::string path = "ChallengeParameters." + std::string(member);
    EXPECT_EQ(known.Text(path).size(), unknown.Text(path).size()) << member;
  }
  const json::object proof = Proof(unknown, kPassword);
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException", kIncorrect));
  EXPECT_TRUE(FailedWith(Answer(proof), "NotAuthorizedException",
                         "Invalid session for the user, session can only be used once."))
      << "as a wrong answer about a user who exists";
}

TEST_F(SrpSignIn, WhereUsernamesAreSubsAnUnknownAddressHasOneToo) {
  pool_ = MakePool(CaseInsensitive({{"UsernameAttributes", {"email"}}}));
  client_ = SrpClientOf("ENABLED");
  MakeUser("ada@example.com");
  const std::string known = Begin("ada@example.com").Text("ChallengeParameters.USER_ID_FOR_SRP");
  const std::string unknown = Begin("eve@example.com").Text("ChallengeParameters.USER_ID_FOR_SRP");
  EXPECT_EQ(known, *AttributeOf("ada@example.com", "sub"));
  EXPECT_EQ(known.size(), unknown.size());
  EXPECT_EQ(unknown[8], '-');
  EXPECT_EQ(unknown[14], '4');
  EXPECT_EQ(Begin("EVE@example.com").Text("ChallengeParameters.USER_ID_FOR_SRP"), unknown);
  EXPECT_TRUE(Succeeded(SignInBySrp("ada@example.com")));
  json::object typed = Proof(Begin("ada@example.com"), kPassword);
  typed["USERNAME"] = "ada@example.com";
  EXPECT_TRUE(Succeeded(Answer(typed))) << "some clients answer with the name that was typed";
}

TEST_F(SrpSignIn, WhatIsWrongWithTheUserIsSaidToWhomHasThePassword) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_TRUE(FailedWith(SignInBySrp("alice", "Wr0ngword!"), "NotAuthorizedException", kIncorrect));
  EXPECT_TRUE(FailedWith(SignInBySrp("alice"), "NotAuthorizedException", "User is disabled."));
}

TEST_F(SrpSignIn, AnOlderUserHasAVerifierFromTheNextPlainSignInOn) {
  MakeUser("alice");
  ForgetVerifier("alice");
  EXPECT_TRUE(FailedWith(SignInBySrp("alice"), "NotAuthorizedException", kIncorrect));
  EXPECT_FALSE(Initiate("alice", "Wr0ngword!").ok());
  EXPECT_FALSE(SignInBySrp("alice").ok()) << "a wrong password makes none";
  ASSERT_TRUE(Succeeded(Initiate("alice")));
  EXPECT_TRUE(Succeeded(SignInBySrp("alice")));
}

TEST_F(SrpSignIn, TheStoreKnowsNoVerifier) {
  MakeUser("alice");
  const std::string sub = *AttributeOf("alice", "sub");
  const auto record = store_->Get("password/" + pool_ + "/" + sub);
  ASSERT_TRUE(record.ok() && *record);
  const std::string salt = Begin("alice").Text("ChallengeParameters.SALT");
  EXPECT_EQ((*record)->find(salt), std::string::npos);
  const json::object members = json::parse(**record).as_object();
  EXPECT_TRUE(
      vault_.Open("srp/" + pool_ + "/" + sub, std::string(members.at("Srp").as_string())).ok());
}

TEST_F(SrpSignIn, AClientWithASecretProvesItInBothSteps) {
  MakeUser("alice");
  client_ = SrpClientOf("LEGACY", {{"GenerateSecret", true}});
  const std::string secret =
      Call("DescribeUserPoolClient", json::object{{"UserPoolId", pool_}, {"ClientId", client_}})
          .Text("UserPoolClient.ClientSecret");
  const std::string hash = domain::SecretHash(secret, "alice", client_);
  EXPECT_EQ(Begin("alice").code, "NotAuthorizedException");
  const Reply begun = Begin("alice", {{"SECRET_HASH", hash}});
  ASSERT_TRUE(Succeeded(begun));
  json::object proof = Proof(begun, kPassword);
  EXPECT_TRUE(FailedWith(
      Answer(proof), "NotAuthorizedException",
      "Client " + client_ + " is configured with secret but SECRET_HASH was not received"));
  proof["SECRET_HASH"] = hash;
  EXPECT_TRUE(Succeeded(Answer(proof)));
}

TEST_F(SrpSignIn, TheFlowMustBeAllowed) {
  MakeUser("alice");
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  EXPECT_TRUE(FailedWith(Begin("alice"), "InvalidParameterException",
                         "USER_SRP_AUTH is not enabled for the client."));
  client_ = MakeClient(pool_);
  EXPECT_TRUE(Succeeded(Begin("alice"))) << "AWS's default flows have it";
}

TEST_F(SrpSignIn, AnAdministratorMayCarryItToo) {
  MakeUser("alice");
  const Reply begun = Call(
      "AdminInitiateAuth",
      json::object{{"UserPoolId", pool_},
                   {"ClientId", client_},
                   {"AuthFlow", "USER_SRP_AUTH"},
                   {"AuthParameters", {{"USERNAME", "alice"}, {"SRP_A", srp_.PublicValue()}}}});
  ASSERT_TRUE(Succeeded(begun));
  EXPECT_TRUE(Succeeded(Call("AdminRespondToAuthChallenge",
                             json::object{{"UserPoolId", pool_},
                                          {"ClientId", client_},
                                          {"ChallengeName", "PASSWORD_VERIFIER"},
                                          {"ChallengeResponses", Proof(begun, kPassword)}})));
}

TEST_F(SrpSignIn, SaysWhichParameterIsMissing) {
  MakeUser("alice");
  const auto missing = [](std::string_view name) {
    return "Missing required parameter " + std::string(name);
  };
  EXPECT_TRUE(
      FailedWith(Begin("alice", {{"SRP_A", ""}}), "InvalidParameterException", missing("SRP_A")));
  EXPECT_TRUE(FailedWith(Begin("alice", {{"SRP_A", "0"}}), "InvalidParameterException",
                         "SRP_A is invalid."));
  const json::object proof = Proof(Begin("alice"), kPassword);
  for (const auto& [name, value] : proof) {
    json::object less = proof;
    less.erase(name);
    EXPECT_TRUE(FailedWith(Answer(less), "InvalidParameterException", missing(name)));
  }
}

}  // namespace
}  // namespace sallyport::operations
