#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminUserGlobalSignOut : public UserTest {};

TEST_F(AdminUserGlobalSignOut, RevokesEveryFamilyOfThisUserAlone) {
  MakeUser("alice");
  MakeUser("bob");
  const Tokens other = SignIn("bob");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(Admin("AdminUserGlobalSignOut", "alice"), families, before);
  EXPECT_TRUE(AccessTokenLives(other));
  EXPECT_TRUE(RefreshTokenLives(other));
}

// The clock stands still: the new sign-in has the same iat and auth_time as the revoked ones.
TEST_F(AdminUserGlobalSignOut, ASignInInTheSameMillisecondIsNotItsVictim) {
  MakeUser("alice");
  const Tokens old = SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  const Tokens fresh = SignIn("alice");
  EXPECT_FALSE(AccessTokenLives(old));
  EXPECT_TRUE(AccessTokenLives(fresh));
  EXPECT_TRUE(RefreshTokenLives(fresh));
}

TEST_F(AdminUserGlobalSignOut, WaitsForTheReleaseAlsoWhereNothingIsLeftToRevoke) {
  MakeUser("alice");
  SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  const uint64_t before = Head();
  ASSERT_GT(before, 0U);
  const Reply again = Admin("AdminUserGlobalSignOut", "alice");
  EXPECT_TRUE(Succeeded(again));
  EXPECT_EQ(again.await_release, before);
  const Reply unknown = Admin("AdminUserGlobalSignOut", "nobody");
  EXPECT_TRUE(FailedWith(unknown, "UserNotFoundException", "User does not exist."));
  EXPECT_EQ(unknown.await_release, before);
}

TEST_F(AdminUserGlobalSignOut, OutlivesARestart) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminUserGlobalSignOut", "alice")));
  Restart();
  EXPECT_FALSE(AccessTokenLives(tokens));
  EXPECT_TRUE(
      FailedWith(Refresh(tokens), "NotAuthorizedException", "Refresh Token has been revoked"));
}

}  // namespace
}  // namespace sallyport::operations
