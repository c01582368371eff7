#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminDeleteUser : public UserTest {};

TEST_F(AdminDeleteUser, RevokesEveryFamilyAndFreesTheName) {
  MakeUser("alice", AttributeList({{"email", "a@example.org"}}));
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(Admin("AdminDeleteUser", "alice"), families, before);
  EXPECT_TRUE(FailedWith(By(families[0], "GetUser"), "NotAuthorizedException",
                         "Access Token has been revoked"));
  EXPECT_TRUE(FailedWith(Initiate("alice"), "UserNotFoundException", "User does not exist."));
  MakeUser("alice");
  EXPECT_FALSE(AccessTokenLives(families[0]));
  EXPECT_FALSE(RefreshTokenLives(families[0]));
}

TEST_F(AdminDeleteUser, ARetryWaitsForTheSameRelease) {
  MakeUser("alice");
  SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDeleteUser", "alice")));
  const Reply again = Admin("AdminDeleteUser", "alice");
  EXPECT_TRUE(FailedWith(again, "UserNotFoundException", "User does not exist."));
  EXPECT_EQ(again.await_release, Head());
}

}  // namespace
}  // namespace sallyport::operations
