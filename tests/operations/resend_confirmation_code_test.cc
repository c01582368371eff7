#include <utility>

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
  // One time in a million, the new code equals the old one.
  if (code != old) {
    EXPECT_TRUE(FailedWith(Confirm("alice", old), "CodeMismatchException", kMismatch));
  }
  ASSERT_TRUE(Succeeded(Confirm("alice", code)));
  EXPECT_TRUE(
      FailedWith(Resend("alice"), "InvalidParameterException", "User is already confirmed."));
}

// In addition to the sign-up's own message, which did not count.
TEST_F(ResendConfirmationCode, TwentyWithinAnHourAreEnough) {
  ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Succeeded(Resend("alice")));
  EXPECT_TRUE(FailedWith(Resend("alice"), "LimitExceededException", kTooMany));
  EXPECT_EQ(Messages().size(), 21U);
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

TEST_F(ResendConfirmationCode, ANameThatNobodyHasMayAskAsOftenAsWhoHasSignedUp) {
  HideUsers();
  ASSERT_TRUE(Succeeded(SignUp("waiting", AttributeList({{"email", "a@example.org"}}))));
  for (const char* name : {"waiting", "nobody"}) {
    int sent = 0;
    while (sent < 30 && Resend(name).ok()) ++sent;
    EXPECT_EQ(sent, 20) << name;
    EXPECT_TRUE(FailedWith(Resend(name), "LimitExceededException", kTooMany)) << name;
  }
}

// By either address, if the pool verifies both.
TEST_F(ResendConfirmationCode, WhoIsUnconfirmedIsReachedByWhatTheNameIsAndSoIsANameThatNobodyHas) {
  UsePool({{"UsernameAttributes", {"email", "phone_number"}},
           {"AutoVerifiedAttributes", {"email", "phone_number"}}});
  HideUsers();
  const auto answer_to = [&](std::string_view name) {
    const Reply reply = Resend(name);
    EXPECT_TRUE(Succeeded(reply));
    return reply.At("CodeDeliveryDetails");
  };
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"ada@example.org", "abe@example.org"}, {"+15550001234", "+15559991234"}};
  for (const auto& [somebody, nobody] : pairs) {
    ASSERT_TRUE(Succeeded(SignUp(somebody)));
    const json::value told = answer_to(somebody);
    EXPECT_EQ(answer_to(nobody), told) << nobody;
    ASSERT_TRUE(Succeeded(Admin("AdminConfirmSignUp", somebody)));
    EXPECT_EQ(answer_to(somebody), told) << somebody;
  }
  EXPECT_EQ(Resend("eve@example.org").Text("CodeDeliveryDetails.DeliveryMedium"), "EMAIL");
  EXPECT_EQ(Resend("+15550005678").Text("CodeDeliveryDetails.DeliveryMedium"), "SMS");
  // Not by an address that is not verified.
  Change({{"AutoVerifiedAttributes", {"phone_number"}}});
  EXPECT_EQ(Resend("eve@example.org").Text("CodeDeliveryDetails.DeliveryMedium"), "SMS");
}

}  // namespace
}  // namespace sallyport::operations
