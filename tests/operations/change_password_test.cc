#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ChangePassword : public UserTest {
 protected:
  Reply Change(const Tokens& tokens, std::string_view previous, std::string_view proposed) {
    return By(tokens, "ChangePassword",
              {{"PreviousPassword", previous}, {"ProposedPassword", proposed}});
  }
};

TEST_F(ChangePassword, RevokesEveryFamilyButTheCallers) {
  MakeUser("alice");
  const Tokens own = SignIn("alice");
  const std::vector<Tokens> others{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(Change(own, kPassword, "Other0ne!"), others, before);
  EXPECT_TRUE(AccessTokenLives(own));
  EXPECT_TRUE(RefreshTokenLives(own));
  SignIn("alice", "Other0ne!");
  EXPECT_EQ(Initiate("alice").code, "NotAuthorizedException");
  // The family that was spared is not spared by the next sign-out.
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  EXPECT_FALSE(AccessTokenLives(own));
}

TEST_F(ChangePassword, RevokesNothingWhereThePoolSaysSo) {
  pool_ = MakePool({{"UserPoolTags", {{"sallyport:revoke-on-password-change", "false"}}}});
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  MakeUser("alice");
  const Tokens own = SignIn("alice");
  const Tokens other = SignIn("alice");
  ASSERT_TRUE(Succeeded(Change(own, kPassword, "Other0ne!")));
  EXPECT_TRUE(AccessTokenLives(other));
}

TEST_F(ChangePassword, DemandsTheOldPasswordAndAGoodNewOne) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(Change(tokens, "Wr0ngword!", "Other0ne!"), "NotAuthorizedException",
                         "Incorrect username or password."));
  EXPECT_TRUE(FailedWith(Change(tokens, kPassword, "Other00ne"), "InvalidPasswordException",
                         "Password did not conform with policy: Password must have symbol "
                         "characters"));
  EXPECT_TRUE(Succeeded(Initiate("alice")));
}

}  // namespace
}  // namespace sallyport::operations
