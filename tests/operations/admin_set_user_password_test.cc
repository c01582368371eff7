#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminSetUserPassword : public UserTest {};

TEST_F(AdminSetUserPassword, APermanentOneSignsInAndATemporaryOneMustBeChanged) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminSetUserPassword", "alice", {{"Password", "Other0ne!"}})));
  EXPECT_EQ(Initiate("alice", "Other0ne!").Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  EXPECT_TRUE(
      FailedWith(Initiate("alice"), "NotAuthorizedException", "Incorrect username or password."));
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", "Third0ne!"}, {"Permanent", true}})));
  SignIn("alice", "Third0ne!");
}

TEST_F(AdminSetUserPassword, RevokesEveryFamily) {
  MakeUser("alice");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(
      Admin("AdminSetUserPassword", "alice", {{"Password", "Other0ne!"}, {"Permanent", true}}),
      families, before);
}

TEST_F(AdminSetUserPassword, RevokesNothingWhereThePoolSaysSo) {
  pool_ = MakePool({{"UserPoolTags", {{"sallyport:revoke-on-password-change", "false"}}}});
  client_ = MakeClient(
      pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}});
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", "Other0ne!"}, {"Permanent", true}})));
  EXPECT_TRUE(AccessTokenLives(tokens));
  EXPECT_TRUE(RefreshTokenLives(tokens));
}

TEST_F(AdminSetUserPassword, RefusesWhatThePolicyForbids) {
  MakeUser("alice");
  EXPECT_TRUE(FailedWith(Admin("AdminSetUserPassword", "alice", {{"Password", "password0!"}}),
                         "InvalidPasswordException",
                         "Password did not conform with policy: Password must have uppercase "
                         "characters"));
  EXPECT_TRUE(FailedWith(Admin("AdminSetUserPassword", "nobody", {{"Password", "Other0ne!"}}),
                         "UserNotFoundException", "User does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
