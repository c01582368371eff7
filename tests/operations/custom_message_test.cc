// The hook CustomMessage, by every operation that sends a message.
#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kNoClient = "CLIENT_ID_NOT_APPLICABLE";

class CustomMessageTest : public CodeTest {
 protected:
  CustomMessageTest() { Answer({}); }

  // From here on, the function sets these members of the response.
  void Answer(json::object members, json::object more = {}) {
    more["AutoVerifiedAttributes"] = {"email", "phone_number"};
    more["LambdaConfig"] = {
        {"CustomMessage", hooks_.Define("words", [members](json::object& event) {
           for (const auto& [name, value] : members) event["response"].as_object()[name] = value;
         })}};
    Change(std::move(more));
  }
  void MakeVerified(std::string_view username) {
    MakeUser(username, AttributeList({{"email", "alice@example.org"}, {"email_verified", "true"}}));
  }
  json::object EventOf(std::string_view cause, std::string_view client, json::object attributes,
                       json::object more = {}) {
    json::object request{{"userAttributes", std::move(attributes)},
                         {"codeParameter", "{####}"},
                         {"linkParameter", "{##Click Here##}"},
                         {"usernameParameter", nullptr}};
    for (const auto& [name, value] : more) request[name] = value;
    return {{"version", "1"},
            {"triggerSource", "CustomMessage_" + std::string(cause)},
            {"region", "eu-west-1"},
            {"userPoolId", pool_},
            {"userName", "alice"},
            {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client}}},
            {"request", std::move(request)},
            {"response",
             {{"smsMessage", nullptr}, {"emailMessage", nullptr}, {"emailSubject", nullptr}}}};
  }
  json::object Attributes(std::string_view status, std::string_view verified) {
    return {{"sub", AttributeOf("alice", "sub").value()},
            {"cognito:user_status", status},
            {"email", "alice@example.org"},
            {"email_verified", verified}};
  }
  json::object Event() { return hooks_.events().back(); }

  const json::array email_ = AttributeList({{"email", "alice@example.org"}});
  const json::object metadata_{{"ClientMetadata", {{"lang", "de"}}}};
  const json::object told_{{"clientMetadata", {{"lang", "de"}}}};
};

TEST_F(CustomMessageTest, SignUpAndResendSendAwsEvents) {
  ASSERT_TRUE(Succeeded(Public("SignUp", "alice",
                               {{"Password", kPassword},
                                {"UserAttributes", email_},
                                {"ClientMetadata", {{"lang", "de"}}}})));
  EXPECT_EQ(Event(), EventOf("SignUp", client_, Attributes("UNCONFIRMED", "false"), told_));
  ASSERT_TRUE(Succeeded(Public("ResendConfirmationCode", "alice")));
  EXPECT_EQ(Event(), EventOf("ResendCode", client_, Attributes("UNCONFIRMED", "false")));
}

TEST_F(CustomMessageTest, AnInvitationSendsAwsEventForEachMedium) {
  Answer({{"emailMessage", "{username}, Passwort {####}"}, {"emailSubject", "Willkommen"}});
  json::object more = metadata_;
  more["UserAttributes"] = email_;
  more["DesiredDeliveryMediums"] = {"EMAIL"};
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", more)));
  json::object attributes = Attributes("FORCE_CHANGE_PASSWORD", "");
  attributes.erase("email_verified");
  json::object told = told_;
  told["usernameParameter"] = "{username}";
  EXPECT_EQ(Event(), EventOf("AdminCreateUser", kNoClient, attributes, told));
  ASSERT_EQ(Messages().size(), 1U);
  const domain::Message message = Messages()[0];
  EXPECT_EQ(message.subject, "Willkommen");
  EXPECT_EQ(message.body.find("alice, Passwort "), 0U);
  EXPECT_EQ(Initiate("alice", message.code).Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
  more["MessageAction"] = "RESEND";
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", more)));
  EXPECT_EQ(hooks_.events().size(), 2U);
  more["MessageAction"] = "SUPPRESS";
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "bob", more)));
  EXPECT_EQ(hooks_.events().size(), 2U);
}

// AWS then sends its own text, without an error.
TEST_F(CustomMessageTest, AnInvitationWithoutItsTwoPlacesIsThePoolsOwn) {
  Answer({{"emailMessage", "Passwort {####}"}});
  ASSERT_TRUE(
      Succeeded(Admin("AdminCreateUser", "alice",
                      {{"UserAttributes", email_}, {"DesiredDeliveryMediums", {"EMAIL"}}})));
  EXPECT_EQ(Messages()[0].body.find("Your username is alice and temporary password is "), 0U);
}

TEST_F(CustomMessageTest, AResetSendsAwsEventByWhomeverItIsAsked) {
  MakeVerified("alice");
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice", metadata_)));
  EXPECT_EQ(Event(), EventOf("ForgotPassword", client_, Attributes("CONFIRMED", "true"), told_));
  ASSERT_TRUE(Succeeded(Admin("AdminResetUserPassword", "alice", metadata_)));
  EXPECT_EQ(Event(), EventOf("ForgotPassword", kNoClient, Attributes("CONFIRMED", "true"), told_));
}

TEST_F(CustomMessageTest, ANewAddressSendsAwsEventWithThatAddress) {
  MakeVerified("alice");
  const Tokens tokens = SignIn("alice");
  json::object changed = Attributes("CONFIRMED", "true");
  changed["email"] = "new@example.org";
  const json::object update{{"UserAttributes", AttributeList({{"email", "new@example.org"}})},
                            {"ClientMetadata", {{"lang", "de"}}}};
  Answer({}, {{"UserAttributeUpdateSettings",
               {{"AttributesRequireVerificationBeforeUpdate", {"email"}}}}});
  ASSERT_TRUE(Succeeded(By(tokens, "UpdateUserAttributes", update)));
  EXPECT_EQ(Event(), EventOf("UpdateUserAttribute", client_, changed, told_));
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice", update)));
  EXPECT_EQ(Event(), EventOf("UpdateUserAttribute", kNoClient, changed, told_));
  ASSERT_TRUE(
      Succeeded(By(tokens, "GetUserAttributeVerificationCode", {{"AttributeName", "email"}})));
  EXPECT_EQ(Event(), EventOf("VerifyUserAttribute", client_, changed));
  // Calls that send nothing do not call the function.
  const size_t asked = hooks_.events().size();
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                              {{"UserAttributes", AttributeList({{"name", "Alice"}})}})));
  EXPECT_EQ(hooks_.events().size(), asked);
}

TEST_F(CustomMessageTest, ItsTextsAreSentAndWhatItLeavesIsThePools) {
  Answer({{"emailMessage", "<b>{####}</b>"}, {"smsMessage", "SMS {####}"}});
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  EXPECT_EQ(Messages()[0].body, "<b>" + Messages()[0].code + "</b>");
  EXPECT_EQ(Messages()[0].subject, "Your verification code");
  clock_.AdvanceMillis(1);
  ASSERT_TRUE(Succeeded(SignUp("bob", AttributeList({{"phone_number", "+15550001234"}}))));
  EXPECT_EQ(Messages()[1].body, "SMS " + Messages()[1].code);
}

TEST_F(CustomMessageTest, AMailWithALinkMayHaveTheLinkAlone) {
  const json::object by_link{
      {"VerificationMessageTemplate", {{"DefaultEmailOption", "CONFIRM_WITH_LINK"}}}};
  Answer({{"emailMessage", "Here: {##Click Here##}"}}, by_link);
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  EXPECT_EQ(Messages()[0].body.find("Here: <a href=\"http"), 0U);
  // A reset has no link.
  MakeVerified("bob");
  EXPECT_EQ(Public("ForgotPassword", "bob").code, "InvalidParameterException");
}

TEST_F(CustomMessageTest, ATextThatCannotBeSentIsRefusedAndNothingIsWritten) {
  const uint64_t hashes = passwords_->computed();
  const auto refused = [&](json::object answer) {
    Answer(std::move(answer));
    const Reply reply = SignUp("alice", email_);
    EXPECT_EQ(Admin("AdminGetUser", "alice").code, "UserNotFoundException");
    return reply;
  };
  EXPECT_TRUE(FailedWith(
      refused({{"emailMessage", "no code"}}), "InvalidParameterException",
      "1 validation error detected: Value at 'emailBody' failed to satisfy constraint: Member must "
      "satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}"
      "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*"));
  EXPECT_EQ(refused({{"emailMessage", "{####}" + std::string(20'000, 'x')}}).code,
            "InvalidParameterException");
  EXPECT_EQ(refused({{"emailSubject", std::string(141, 'x')}}).code, "InvalidParameterException");
  EXPECT_EQ(refused({{"emailMessage", 7}}).code, "InvalidLambdaResponseException");
  EXPECT_TRUE(Messages().empty());
  EXPECT_EQ(passwords_->computed(), hashes);
  // What the function returns for the other medium is ignored.
  Answer({{"smsMessage", "no code"}});
  EXPECT_TRUE(Succeeded(SignUp("alice", email_)));
}

// Nobody would see its text. An SMS is sent in the usual way, with its text.
TEST_F(CustomMessageTest, WhatAnotherFunctionSendsIsQueuedForThatOne) {
  const json::object sender{{"LambdaVersion", "V1_0"},
                            {"LambdaArn", "arn:aws:lambda:eu-west-1:000000000000:function:mailer"}};
  const std::string words = hooks_.Define("words", [](json::object& event) {
    event["response"].as_object()["smsMessage"] = "SMS {####}";
  });
  Change({{"AutoVerifiedAttributes", {"email", "phone_number"}},
          {"LambdaConfig",
           {{"CustomMessage", words},
            {"CustomEmailSender", sender},
            {"KMSKeyID", "arn:aws:kms:eu-west-1:000000000000:key/codes"}}}});
  ASSERT_TRUE(Succeeded(Public("SignUp", "alice",
                               {{"Password", kPassword},
                                {"UserAttributes", email_},
                                {"ClientMetadata", {{"lang", "de"}}}})));
  EXPECT_TRUE(hooks_.events().empty());
  ASSERT_EQ(Messages().size(), 1U);
  EXPECT_EQ(json::parse(Messages()[0].for_sender),
            json::value({{"clientId", client_},
                         {"userAgent", "test"},
                         {"clientMetadata", {{"lang", "de"}}},
                         {"userAttributes", Attributes("UNCONFIRMED", "false")}}));
  const auto items = store_->List(domain::kMessagesDue, "", std::nullopt, 10);
  EXPECT_EQ((*items)[0].value.find("userAttributes"), std::string::npos) << "it is sealed";
  clock_.AdvanceMillis(1);
  ASSERT_TRUE(Succeeded(SignUp("bob", AttributeList({{"phone_number", "+15550001234"}}))));
  EXPECT_EQ(hooks_.events().size(), 1U);
  EXPECT_EQ(Messages()[1].body, "SMS " + Messages()[1].code);
  EXPECT_TRUE(Messages()[1].for_sender.empty());
}

// Unknown, disabled or unreachable users are sent nothing, so no function is called.
TEST_F(CustomMessageTest, WhoGetsNoCodeIsAskedAboutNobody) {
  MakeUser("bob", AttributeList({{"email", "bob@example.org"}}));
  MakeVerified("dave");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "dave")));
  HideUsers();
  for (const std::string_view name : {"nobody", "bob", "dave"}) {
    EXPECT_TRUE(Succeeded(Public("ForgotPassword", name)));
  }
  for (const std::string_view name : {"nobody", "dave"}) {
    EXPECT_TRUE(Succeeded(Public("ResendConfirmationCode", name)));
  }
  EXPECT_TRUE(hooks_.events().empty());
  EXPECT_TRUE(Messages().empty());
}

}  // namespace
}  // namespace sallyport::operations
