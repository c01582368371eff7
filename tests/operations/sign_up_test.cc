#include <thread>

#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class SignUp : public CodeTest {
 protected:
  Reply Sign(std::string_view username, json::array attributes = {}) {
    return CodeTest::SignUp(username, std::move(attributes));
  }
};

TEST_F(SignUp, AnswersTheSubAndWhereTheCodeWentAndSendsIt) {
  const Reply reply = Sign("alice", AttributeList({{"email", "alice@example.org"}}));
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.At("UserConfirmed"), json::value(false));
  EXPECT_EQ(reply.At("CodeDeliveryDetails"), json::value({{"Destination", "a***@e***"},
                                                          {"DeliveryMedium", "EMAIL"},
                                                          {"AttributeName", "email"}}));
  EXPECT_EQ(AttributeOf("alice", "sub"), reply.Text("UserSub"));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  EXPECT_EQ(StatusOf("alice"), "UNCONFIRMED");
  const auto messages = Messages();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].destination, "alice@example.org");
  EXPECT_EQ(messages[0].subject, "Your verification code");
  EXPECT_EQ(messages[0].body, "Your confirmation code is " + messages[0].code);
  EXPECT_EQ(messages[0].code.size(), 6U);
  EXPECT_EQ(messages[0].code.find_first_not_of("0123456789"), std::string::npos);
  EXPECT_TRUE(FailedWith(Initiate("alice"), "UserNotConfirmedException", "User is not confirmed."));
}

TEST_F(SignUp, TheCodeIsSentToThePhoneWhereBothAreVerifiedAndNowhereWhereNoneIs) {
  Change({{"AutoVerifiedAttributes", {"email", "phone_number"}}});
  const Reply both =
      Sign("alice", AttributeList({{"email", "a@example.org"}, {"phone_number", "+15550001234"}}));
  EXPECT_EQ(both.At("CodeDeliveryDetails"), json::value({{"Destination", "+*******1234"},
                                                         {"DeliveryMedium", "SMS"},
                                                         {"AttributeName", "phone_number"}}));
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(Messages()[0].medium, domain::Medium::kSms);
  Change({});
  const Reply none = Sign("bob", AttributeList({{"email", "b@example.org"}}));
  ASSERT_TRUE(Succeeded(none));
  EXPECT_FALSE(none.body.contains("CodeDeliveryDetails"));
  EXPECT_EQ(Messages().size(), 1U);
}

TEST_F(SignUp, RefusesATakenNameWhateverItsCase) {
  UsePool({{"UsernameConfiguration", {{"CaseSensitive", false}}}});
  ASSERT_TRUE(Succeeded(Sign("alice")));
  EXPECT_TRUE(FailedWith(Sign("Alice"), "UsernameExistsException", "User already exists"));
  UsePool({{"UsernameConfiguration", {{"CaseSensitive", true}}}});
  ASSERT_TRUE(Succeeded(Sign("alice")));
  EXPECT_TRUE(Succeeded(Sign("Alice")));
}

TEST_F(SignUp, RefusesWhereOnlyAdministratorsCreateUsers) {
  Change({{"AdminCreateUserConfig", {{"AllowAdminCreateUserOnly", true}}}});
  EXPECT_TRUE(FailedWith(Sign("alice"), "NotAuthorizedException",
                         "SignUp is not permitted for this user pool"));
}

TEST_F(SignUp, ChecksThePasswordTheSchemaAndTheClientsAttributes) {
  UsePool({{"Schema", {{{"Name", "given_name"}, {"Required", true}}}}},
          {{"WriteAttributes", {"given_name"}}});
  EXPECT_TRUE(FailedWith(Sign("alice"), "InvalidParameterException",
                         "Attributes did not conform to the schema: given_name: The attribute is "
                         "required\n"));
  const json::array right = AttributeList({{"given_name", "Alice"}});
  EXPECT_TRUE(
      FailedWith(Sign("alice", AttributeList({{"given_name", "Alice"}, {"nickname", "al"}})),
                 "NotAuthorizedException", "A client attempted to write unauthorized attribute"));
  EXPECT_TRUE(FailedWith(
      Sign("alice", AttributeList({{"given_name", "Alice"}, {"email_verified", "true"}})),
      "NotAuthorizedException", "A client attempted to write unauthorized attribute"));
  EXPECT_TRUE(
      FailedWith(Public("SignUp", "alice", {{"Password", "short"}, {"UserAttributes", right}}),
                 "InvalidPasswordException",
                 "Password did not conform with policy: Password not long enough"));
  EXPECT_TRUE(Succeeded(Sign("alice", right)));
}

TEST_F(SignUp, AnEmailAddressAsUsernameBecomesTheAttributeAndIsUnique) {
  UsePool({{"UsernameAttributes", {"email"}}, {"AutoVerifiedAttributes", {"email"}}});
  const Reply reply = Sign("alice@example.org");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("CodeDeliveryDetails.Destination"), "a***@e***");
  const Reply shown = Admin("AdminGetUser", "alice@example.org");
  EXPECT_EQ(shown.Text("Username"), reply.Text("UserSub"));
  EXPECT_EQ(Sign("alice@example.org").code, "UsernameExistsException");
  EXPECT_TRUE(
      FailedWith(Sign("alice"), "InvalidParameterException", "Username should be an email."));
  ASSERT_TRUE(Succeeded(Confirm("alice@example.org", LastCode())));
  SignIn("alice@example.org");
}

// By the user, and by an administrator.
TEST_F(SignUp, BesideAnAddressAsUsernameAnotherOfThatKindIsRefused) {
  const auto create = [&](std::string_view username, std::string_view name, std::string_view value,
                          bool by_administrator) {
    const json::array attributes = AttributeList({{name, value}});
    return by_administrator ? Admin("AdminCreateUser", username, {{"UserAttributes", attributes}})
                            : Sign(username, attributes);
  };
  const std::string sentence =
      "User email should be empty or same as username, since username attribute is email.";
  const std::string of_phone =
      "User phone_number should be empty or same as username, since username attribute is "
      "phone_number.";
  for (const bool by_administrator : {false, true}) {
    UsePool({{"UsernameAttributes", {"email", "phone_number"}}});
    EXPECT_TRUE(FailedWith(create("one@example.org", "email", "two@example.org", by_administrator),
                           "InvalidParameterException", sentence));
    EXPECT_TRUE(FailedWith(create("one@example.org", "email", "One@example.org", by_administrator),
                           "InvalidParameterException", sentence));
    EXPECT_TRUE(FailedWith(create("+15550001", "phone_number", "+15550002", by_administrator),
                           "InvalidParameterException", of_phone));
    EXPECT_TRUE(Succeeded(create("one@example.org", "email", "one@example.org", by_administrator)));
    EXPECT_TRUE(Succeeded(create("two@example.org", "email", "", by_administrator)));
    EXPECT_TRUE(
        Succeeded(create("three@example.org", "phone_number", "+15550001", by_administrator)));
    UsePool(CaseInsensitive({{"UsernameAttributes", {"email"}}}));
    EXPECT_TRUE(Succeeded(create("one@example.org", "email", "One@example.org", by_administrator)));
  }
}

TEST_F(SignUp, AClientWithASecretMustProveItself) {
  UsePool({}, {{"GenerateSecret", true}});
  EXPECT_TRUE(FailedWith(
      Sign("alice"), "NotAuthorizedException",
      "Client " + client_ + " is configured with secret but SECRET_HASH was not received"));
  EXPECT_TRUE(
      FailedWith(Public("SignUp", "alice", {{"Password", kPassword}, {"SecretHash", "AAAA"}}),
                 "NotAuthorizedException", "Unable to verify secret hash for client " + client_));
}

TEST_F(SignUp, OfTwoAtOnceOneIsTheUser) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = "user" + std::to_string(round);
    const auto attributes = AttributeList({{"email", "a@example.org"}});
    Reply replies[2];
    std::thread other([&] { replies[0] = Sign(name, attributes); });
    replies[1] = Sign(name, attributes);
    other.join();
    EXPECT_EQ(replies[0].ok() + replies[1].ok(), 1);
    const Reply& lost = replies[replies[0].ok() ? 1 : 0];
    EXPECT_TRUE(FailedWith(lost, "UsernameExistsException", "User already exists"));
    EXPECT_EQ(Messages().size(), static_cast<size_t>(round) + 1);
  }
}

TEST_F(SignUp, TheCodeIsFoundNowhereInTheStore) {
  ASSERT_TRUE(Succeeded(Sign("alice", AttributeList({{"email", "alice@example.org"}}))));
  const std::string code = LastCode();
  for (const std::string_view index : {"codes-by-expiry", "messages-due"}) {
    const auto items = store_->List(index, "", std::nullopt, 10);
    ASSERT_TRUE(items.ok());
    ASSERT_EQ(items->size(), 1U);
    EXPECT_EQ((*items)[0].value.find("\"" + code), std::string::npos);
    EXPECT_EQ((*items)[0].value.find(" " + code), std::string::npos);
  }
}

}  // namespace
}  // namespace sallyport::operations
