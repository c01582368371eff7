#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class RespondToAuthChallenge : public UserTest {
 protected:
  // A user with a temporary password signs in: the Session.
  std::string Challenged(json::array attributes = {}) {
    EXPECT_TRUE(Succeeded(
        Admin("AdminCreateUser", "alice",
              {{"TemporaryPassword", "Temp0rary!"}, {"UserAttributes", std::move(attributes)}})));
    return Again();
  }
  std::string Again() { return Initiate("alice", "Temp0rary!").Text("Session"); }
  Reply Respond(std::string_view session, json::object responses = {}) {
    responses.emplace("USERNAME", "alice");
    responses.emplace("NEW_PASSWORD", kPassword);
    return Call("RespondToAuthChallenge", json::object{{"ClientId", client_},
                                                       {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                                                       {"Session", session},
                                                       {"ChallengeResponses", responses}});
  }
};

TEST_F(RespondToAuthChallenge, ANewPasswordConfirmsTheUserAndSignsIn) {
  const std::string session = Challenged();
  ASSERT_GE(session.size(), 20U);
  const Reply reply = Respond(session);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(AccessTokenLives(TokensOf(reply)));
  EXPECT_EQ(Admin("AdminGetUser", "alice").Text("UserStatus"), "CONFIRMED");
  SignIn("alice");
  EXPECT_EQ(Initiate("alice", "Temp0rary!").code, "NotAuthorizedException");
}

TEST_F(RespondToAuthChallenge, ASessionServesOnceAndForThreeMinutes) {
  const std::string session = Challenged();
  const std::string late = Again();
  EXPECT_TRUE(FailedWith(Respond("abcdefghijklmnopqrstuvwxyz"), "NotAuthorizedException",
                         "Invalid session for the user."));
  clock_.AdvanceMillis(179'999);
  ASSERT_TRUE(Succeeded(Respond(session)));
  EXPECT_TRUE(FailedWith(Respond(session), "NotAuthorizedException",
                         "Invalid session for the user, session can only be used once."));
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(FailedWith(Respond(late), "NotAuthorizedException",
                         "Invalid session for the user, session is expired."));
}

TEST_F(RespondToAuthChallenge, AnotherSessionOfTheSamePasswordDiesWithIt) {
  const std::string session = Challenged();
  const std::string other = Again();
  ASSERT_TRUE(Succeeded(Respond(session)));
  EXPECT_TRUE(
      FailedWith(Respond(other), "NotAuthorizedException", "Invalid session for the user."));
}

TEST_F(RespondToAuthChallenge, ABadPasswordDoesNotUseTheSessionUp) {
  const std::string session = Challenged();
  EXPECT_TRUE(FailedWith(Respond(session, {{"NEW_PASSWORD", "short"}}), "InvalidPasswordException",
                         "Password did not conform with policy: Password not long enough"));
  EXPECT_TRUE(Succeeded(Respond(session)));
}

TEST_F(RespondToAuthChallenge, TheSessionIsTheUsersAndTheClients) {
  const std::string session = Challenged();
  MakeUser("bob");
  EXPECT_TRUE(FailedWith(Respond(session, {{"USERNAME", "bob"}}), "NotAuthorizedException",
                         "Invalid session for the user."));
  const std::string own = client_;
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  EXPECT_TRUE(
      FailedWith(Respond(session), "NotAuthorizedException", "Invalid session for the user."));
  client_ = own;
  EXPECT_TRUE(Succeeded(Respond(session)));
}

TEST_F(RespondToAuthChallenge, RequiredAttributesAreAskedForAndTaken) {
  pool_ = MakePool(
      {{"Schema",
        {{{"Name", "name"}, {"Required", true}}, {{"Name", "nickname"}, {"Required", true}}}}});
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  const std::string session = Challenged(AttributeList({{"email", "a@example.org"}}));
  EXPECT_EQ(Initiate("alice", "Temp0rary!").Text("ChallengeParameters.requiredAttributes"),
            R"(["userAttributes.name","userAttributes.nickname"])");
  EXPECT_TRUE(FailedWith(Respond(session), "InvalidParameterException",
                         "Invalid attributes given, name and nickname is missing"));
  EXPECT_TRUE(FailedWith(Respond(session, {{"userAttributes.email", "b@example.org"}}),
                         "NotAuthorizedException", "Cannot modify an already provided email"));
  const Reply reply =
      Respond(session, {{"userAttributes.name", "Alice"}, {"userAttributes.nickname", "al"}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(ClaimsOf(TokensOf(reply).id).at("name").as_string(), "Alice");
  EXPECT_EQ(AttributeOf("alice", "nickname"), "al");
}

TEST_F(RespondToAuthChallenge, TheChallengeShowsTheUser) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice",
                              {{"TemporaryPassword", "Temp0rary!"},
                               {"UserAttributes", AttributeList({{"email", "a@example.org"}})}})));
  const Reply reply = Initiate("alice", "Temp0rary!");
  EXPECT_EQ(reply.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  EXPECT_EQ(reply.Text("ChallengeParameters.USER_ID_FOR_SRP"), "alice");
  EXPECT_EQ(reply.Text("ChallengeParameters.requiredAttributes"), "[]");
  EXPECT_EQ(json::parse(reply.Text("ChallengeParameters.userAttributes")).at("email").as_string(),
            "a@example.org");
  EXPECT_FALSE(reply.body.contains("AuthenticationResult"));
}

TEST_F(RespondToAuthChallenge, ADisabledOrChangedUserIsRefused) {
  std::string session = Challenged();
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_TRUE(FailedWith(Respond(session), "NotAuthorizedException", "User is disabled."));
  ASSERT_TRUE(Succeeded(Admin("AdminEnableUser", "alice")));
  ASSERT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice", {{"Password", "Temp0rary?"}})));
  EXPECT_TRUE(
      FailedWith(Respond(session), "NotAuthorizedException", "Invalid session for the user."));
}

}  // namespace
}  // namespace sallyport::operations
