#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class Invitation : public CodeTest {
 protected:
  Reply Create(std::string_view username, json::object more = {}) {
    more["UserAttributes"] =
        AttributeList({{"email", "alice@example.org"}, {"phone_number", "+15550001234"}});
    return Admin("AdminCreateUser", username, std::move(more));
  }
};

TEST_F(Invitation, TellsATemporaryPasswordThatSignsIn) {
  ASSERT_TRUE(Succeeded(Create("<alice>", {{"DesiredDeliveryMediums", {"EMAIL"}}})));
  ASSERT_EQ(Messages().size(), 1U);
  const domain::Message message = Messages()[0];
  EXPECT_EQ(message.destination, "alice@example.org");
  EXPECT_EQ(message.subject, "Your temporary password");
  EXPECT_TRUE(message.body.starts_with("Your username is &lt;alice&gt; and temporary password is "))
      << message.body;
  EXPECT_EQ(Initiate("<alice>", message.code).Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
}

TEST_F(Invitation, GoesByTheMediaThatAreDesired) {
  ASSERT_TRUE(Succeeded(Create("alice")));
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(Messages()[0].medium, domain::Medium::kSms);
  ASSERT_TRUE(Succeeded(Create("bob", {{"DesiredDeliveryMediums", {"EMAIL", "SMS"}}})));
  EXPECT_EQ(Messages().size(), 3U);
  ASSERT_TRUE(Succeeded(Create("carol", {{"MessageAction", "SUPPRESS"}})));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "dave")));
  EXPECT_EQ(Messages().size(), 3U);
}

TEST_F(Invitation, ComesAgainWithANewPassword) {
  ASSERT_TRUE(Succeeded(Create("alice")));
  const std::string old = LastCode();
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"MessageAction", "RESEND"}})));
  ASSERT_EQ(Messages().size(), 2U);
  EXPECT_EQ(Initiate("alice", old).code, "NotAuthorizedException");
  EXPECT_EQ(Initiate("alice", LastCode()).Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
}

TEST_F(Invitation, UsesThePoolsTemplateAndIsNotSentByOneWithoutAPlaceForThePassword) {
  Change({{"AdminCreateUserConfig",
           {{"InviteMessageTemplate",
             {{"EmailSubject", "Welcome"},
              {"EmailMessage", "<b>{username}</b>: {####}"},
              {"SMSMessage", "Welcome, {username}"}}}}}});
  ASSERT_TRUE(Succeeded(Create("alice", {{"DesiredDeliveryMediums", {"EMAIL", "SMS"}}})));
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(Messages()[0].subject, "Welcome");
  EXPECT_TRUE(Messages()[0].body.starts_with("<b>alice</b>: "));
}

}  // namespace
}  // namespace sallyport::operations
