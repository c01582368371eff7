#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminDisableUser : public UserTest {};

TEST_F(AdminDisableUser, RevokesEveryFamilyAndRefusesSignIns) {
  MakeUser("alice");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const uint64_t before = Head();
  ExpectRevoked(Admin("AdminDisableUser", "alice"), families, before);
  EXPECT_TRUE(FailedWith(Initiate("alice"), "NotAuthorizedException", "User is disabled."));
  EXPECT_FALSE(Admin("AdminGetUser", "alice").At("Enabled").as_bool());
}

TEST_F(AdminDisableUser, WhoDoesNotKnowThePasswordDoesNotLearnThatTheUserIsDisabled) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  EXPECT_TRUE(FailedWith(Initiate("alice", "Wr0ngword!"), "NotAuthorizedException",
                         "Incorrect username or password."));
}

TEST_F(AdminDisableUser, ARetryWaitsForTheSameRelease) {
  MakeUser("alice");
  SignIn("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  const Reply again = Admin("AdminDisableUser", "alice");
  EXPECT_TRUE(Succeeded(again));
  EXPECT_EQ(again.await_release, Head());
  const Reply unknown = Admin("AdminDisableUser", "nobody");
  EXPECT_TRUE(FailedWith(unknown, "UserNotFoundException", "User does not exist."));
  EXPECT_EQ(unknown.await_release, Head());
}

}  // namespace
}  // namespace sallyport::operations
