#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminEnableUser : public UserTest {};

TEST_F(AdminEnableUser, LetsSignInAgainAndLeavesRevokedTokensRevoked) {
  MakeUser("alice");
  const Tokens old = SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  ASSERT_TRUE(Succeeded(Admin("AdminEnableUser", "alice")));
  EXPECT_FALSE(AccessTokenLives(old));
  EXPECT_FALSE(RefreshTokenLives(old));
  EXPECT_TRUE(AccessTokenLives(SignIn("alice")));
  EXPECT_TRUE(FailedWith(Admin("AdminEnableUser", "nobody"), "UserNotFoundException",
                         "User does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
