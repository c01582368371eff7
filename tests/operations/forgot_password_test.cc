#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ForgotPassword : public CodeTest {
 protected:
  Reply Forgot(std::string_view username) { return Public("ForgotPassword", username); }
  void MakeReachable(std::string_view username) {
    MakeUser(username, AttributeList({{"email", "alice@example.org"},
                                      {"email_verified", "true"},
                                      {"phone_number", "+15550001234"},
                                      {"phone_number_verified", "true"}}));
  }
};

TEST_F(ForgotPassword, SendsACodeByTheMechanismOfFirstPriority) {
  MakeReachable("alice");
  EXPECT_EQ(Forgot("alice").At("CodeDeliveryDetails"), json::value({{"Destination", "a***@e***"},
                                                                    {"DeliveryMedium", "EMAIL"},
                                                                    {"AttributeName", "email"}}));
  EXPECT_EQ(Messages().back().body, "Your password reset code is " + Messages().back().code);
  const auto mechanism = [](std::string_view name, int priority) {
    return json::object{{"Name", name}, {"Priority", priority}};
  };
  Change({{"AccountRecoverySetting",
           {{"RecoveryMechanisms",
             {mechanism("verified_email", 2), mechanism("verified_phone_number", 1)}}}}});
  EXPECT_EQ(Forgot("alice").Text("CodeDeliveryDetails.Destination"), "+*******1234");
  Change({{"AccountRecoverySetting",
           {{"RecoveryMechanisms", json::array{mechanism("admin_only", 1)}}}}});
  EXPECT_TRUE(FailedWith(Forgot("alice"), "NotAuthorizedException",
                         "Contact administrator to reset password."));
  EXPECT_TRUE(FailedWith(
      Call("UpdateUserPool",
           json::object{{"UserPoolId", pool_},
                        {"AccountRecoverySetting",
                         {{"RecoveryMechanisms",
                           {mechanism("admin_only", 1), mechanism("verified_email", 2)}}}}}),
      "InvalidParameterException",
      "Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only "
      "setting with any other recovery mechanisms."));
}

TEST_F(ForgotPassword, RefusesWhomNoCodeCanReachAndWhoHasNoPasswordYet) {
  EXPECT_TRUE(FailedWith(Forgot("nobody"), "UserNotFoundException",
                         "Username/client id combination not found."));
  MakeUser("bob", AttributeList({{"email", "bob@example.org"}}));
  EXPECT_TRUE(FailedWith(Forgot("bob"), "InvalidParameterException",
                         "Cannot reset password for the user as there is no registered/verified "
                         "email or phone_number"));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "carol", {{"MessageAction", "SUPPRESS"}})));
  EXPECT_TRUE(FailedWith(Forgot("carol"), "NotAuthorizedException",
                         "User password cannot be reset in the current state."));
  MakeReachable("dave");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "dave")));
  EXPECT_TRUE(FailedWith(Forgot("dave"), "NotAuthorizedException", "User is disabled."));
  EXPECT_TRUE(Messages().empty());
}

// Users who are unknown, disabled, unreachable or without a password look the same to a client that
// hides which users exist: in the answers, and in how guesses end.
TEST_F(ForgotPassword, HidesWhomNoCodeReaches) {
  MakeUser("bob", AttributeList({{"email", "bob@example.org"}}));
  MakeReachable("dave");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "dave")));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "erin",
                              {{"MessageAction", "SUPPRESS"},
                               {"UserAttributes", AttributeList({{"email", "erin@example.org"},
                                                                 {"email_verified", "true"}})}})));
  HideUsers();
  for (const std::string_view name : {"nobody", "bob", "dave", "erin"}) {
    const json::object guess{{"ConfirmationCode", "123456"}, {"Password", "Other0ne!"}};
    EXPECT_TRUE(FailedWith(Public("ConfirmForgotPassword", name, guess), "CodeMismatchException",
                           kMismatch));
    const Reply first = Forgot(name);
    ASSERT_TRUE(Succeeded(first));
    EXPECT_EQ(first.Text("CodeDeliveryDetails.DeliveryMedium"), "EMAIL");
    EXPECT_EQ(Forgot(name).body, first.body);
    const uint64_t hashes = passwords_->computed();
    EXPECT_TRUE(FailedWith(Public("ConfirmForgotPassword", name, guess), "CodeMismatchException",
                           kMismatch));
    EXPECT_EQ(passwords_->computed(), hashes);
  }
  EXPECT_TRUE(Messages().empty());
  // The name itself, if it is an address.
  EXPECT_EQ(Forgot("zoe@example.org").Text("CodeDeliveryDetails.Destination"), "z***@e***");
  EXPECT_EQ(Forgot("+15559998765").Text("CodeDeliveryDetails.Destination"), "+*******8765");
  for (int i = 2; i < 20; ++i) ASSERT_TRUE(Succeeded(Forgot("nobody")));
  EXPECT_TRUE(FailedWith(Forgot("nobody"), "LimitExceededException", kTooMany));
}

// If it used up the code that an administrator's reset has sent, it would reveal that the user
// exists.
TEST_F(ForgotPassword, ANameThatNobodyHasMayAskAsOftenAsWhomAnAdministratorHasReset) {
  MakeReachable("alice");
  HideUsers();
  ASSERT_TRUE(Succeeded(Admin("AdminResetUserPassword", "alice")));
  for (const char* name : {"alice", "nobody"}) {
    int sent = 0;
    while (sent < 30 && Forgot(name).ok()) ++sent;
    EXPECT_EQ(sent, 20) << name;
    EXPECT_TRUE(FailedWith(Forgot(name), "LimitExceededException", kTooMany)) << name;
  }
  // However often somebody asks, the administrator is not affected.
  EXPECT_TRUE(Succeeded(Admin("AdminResetUserPassword", "alice")));
}

}  // namespace
}  // namespace sallyport::operations
