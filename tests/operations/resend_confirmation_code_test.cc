#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ResendConfirmationCode : public CodeTest {
 protected:
  Reply Resend(std::string_view username) { return Public("ResendConfirmationCode", username); }
};

TEST_F(ResendConfirmationCode, TheNewCodeReplacesTheOld) {
  ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  const std::string old = LastCode();
  const Reply reply = Resend("alice");
  EXPECT_EQ(reply.At("CodeDeliveryDetails"), json::value({{"Destination", "a***@e***"},
                                                          {"DeliveryMedium", "EMAIL"},
                                                          {"AttributeName", "email"}}));
  EXPECT_EQ(Messages().back().cause, "ResendCode");
  const std::string code = LastCode();
  // One in a million is the same again.
  if (code != old) {
    EXPECT_TRUE(FailedWith(Confirm("alice", old), "CodeMismatchException", kMismatch));
  }
  ASSERT_TRUE(Succeeded(Confirm("alice", code)));
  EXPECT_TRUE(
      FailedWith(Resend("alice"), "InvalidParameterException", "User is already confirmed."));
}

TEST_F(ResendConfirmationCode, TwentyWithinAnHourAreEnough) {
  ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  for (int i = 1; i < 20; ++i) ASSERT_TRUE(Succeeded(Resend("alice")));
  EXPECT_TRUE(FailedWith(Resend("alice"), "LimitExceededException", kTooMany));
  EXPECT_EQ(Messages().size(), 20U);
  clock_.AdvanceMillis(3'600'000);
  EXPECT_TRUE(Succeeded(Resend("alice")));
}

TEST_F(ResendConfirmationCode, RefusesWhereNothingIsVerifiedAutomatically) {
  Change({});
  ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  EXPECT_TRUE(FailedWith(Resend("alice"), "InvalidParameterException",
                         "Cannot resend codes. Auto verification not turned on."));
}

TEST_F(ResendConfirmationCode, AnUnknownNameGetsTheSamePlausibleAnswerEachTime) {
  EXPECT_TRUE(FailedWith(Resend("nobody"), "UserNotFoundException",
                         "Username/client id combination not found."));
  HideUsers();
  const Reply first = Resend("nobody");
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("CodeDeliveryDetails.DeliveryMedium"), "EMAIL");
  EXPECT_EQ(Resend("nobody").body, first.body);
  EXPECT_EQ(Resend("zoe@example.org").Text("CodeDeliveryDetails.Destination"), "z***@e***");
  EXPECT_TRUE(Messages().empty());
}

TEST_F(ResendConfirmationCode, WhoIsSentNoneIsNotToldFromAnUnknownNameWhereTheClientHidesUsers) {
  MakeSignedUp("confirmed", "confirmed@example.org");
  ASSERT_TRUE(Succeeded(SignUp("disabled", AttributeList({{"email", "d@example.org"}}))));
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "disabled")));
  ASSERT_TRUE(Succeeded(SignUp("unreachable")));
  const size_t sent = Messages().size();
  HideUsers();
  for (const char* name : {"nobody", "confirmed", "disabled", "unreachable"}) {
    const Reply first = Resend(name);
    ASSERT_TRUE(Succeeded(first)) << name;
    EXPECT_EQ(first.Text("CodeDeliveryDetails.DeliveryMedium"), "EMAIL");
    EXPECT_EQ(Resend(name).body, first.body);
    for (int i = 2; i < 20; ++i) ASSERT_TRUE(Succeeded(Resend(name)));
    EXPECT_TRUE(FailedWith(Resend(name), "LimitExceededException", kTooMany)) << name;
  }
  EXPECT_EQ(Messages().size(), sent);
}

}  // namespace
}  // namespace sallyport::operations
