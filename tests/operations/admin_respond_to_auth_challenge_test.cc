#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminRespondToAuthChallenge : public UserTest {};

TEST_F(AdminRespondToAuthChallenge, ANewPasswordConfirmsTheUserAndSignsIn) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", "Temp0rary!"}})));
  const Reply challenge =
      Call("AdminInitiateAuth",
           json::object{{"UserPoolId", pool_},
                        {"ClientId", client_},
                        {"AuthFlow", "ADMIN_USER_PASSWORD_AUTH"},
                        {"AuthParameters", {{"USERNAME", "alice"}, {"PASSWORD", "Temp0rary!"}}}});
  ASSERT_EQ(challenge.Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  json::object answer{{"UserPoolId", pool_},
                      {"ClientId", client_},
                      {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                      {"Session", challenge.Text("Session")},
                      {"ChallengeResponses", {{"USERNAME", "alice"}, {"NEW_PASSWORD", kPassword}}}};
  const std::string own = pool_;
  answer["UserPoolId"] = MakePool();
  EXPECT_EQ(Call("AdminRespondToAuthChallenge", answer).code, "ResourceNotFoundException");
  answer["UserPoolId"] = own;
  const Reply reply = Call("AdminRespondToAuthChallenge", answer);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_TRUE(AccessTokenLives(TokensOf(reply)));
}

}  // namespace
}  // namespace sallyport::operations
