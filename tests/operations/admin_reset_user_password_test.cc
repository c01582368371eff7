#include "code_fixture.h"

namespace sallyport::operations {
namespace {

class AdminResetUserPassword : public CodeTest {};

TEST_F(AdminResetUserPassword, EndsThePasswordUntilTheCodeComesBackAndRevokes) {
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  const uint64_t before = Head();
  ExpectRevoked(Admin("AdminResetUserPassword", "alice"), {tokens}, before);
  EXPECT_EQ(StatusOf("alice"), "RESET_REQUIRED");
  EXPECT_TRUE(FailedWith(Initiate("alice"), "PasswordResetRequiredException",
                         "Password reset required for the user"));
  ASSERT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice",
                               {{"ConfirmationCode", LastCode()}, {"Password", "Other0ne!"}})));
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  SignIn("alice", "Other0ne!");
}

TEST_F(AdminResetUserPassword, RefusesWhomNoCodeCanReachAndWhoHasNoPasswordYet) {
  MakeUser("bob");
  EXPECT_TRUE(FailedWith(Admin("AdminResetUserPassword", "bob"), "InvalidParameterException",
                         "Cannot reset password for the user as there is no registered/verified "
                         "email or phone_number"));
  EXPECT_EQ(StatusOf("bob"), "CONFIRMED");
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "carol", {{"MessageAction", "SUPPRESS"}})));
  EXPECT_TRUE(FailedWith(Admin("AdminResetUserPassword", "carol"), "NotAuthorizedException",
                         "User password cannot be reset in the current state."));
  EXPECT_TRUE(FailedWith(Admin("AdminResetUserPassword", "nobody"), "UserNotFoundException",
                         "User does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
