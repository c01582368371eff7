// The hook PreSignUp, by SignUp and AdminCreateUser.
#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class PreSignUpTest : public CodeTest {
 protected:
  void Hook(domain::ScriptedHooks::Handler handler, json::object more = {}) {
    more["AutoVerifiedAttributes"] = {"email"};
    more["LambdaConfig"] = {{"PreSignUp", hooks_.Define("check", std::move(handler))}};
    Change(std::move(more));
  }
  // Sets members of the event's response.
  static domain::ScriptedHooks::Handler Answering(json::object members) {
    return [members = std::move(members)](json::object& event) {
      for (const auto& [name, value] : members) event["response"].as_object()[name] = value;
    };
  }
  // There is no user with that name, and no message and no hash was made.
  void ExpectNothingWritten(std::string_view name, uint64_t hashes_before) {
    EXPECT_EQ(Admin("AdminGetUser", name).code, "UserNotFoundException");
    EXPECT_TRUE(Messages().empty());
    EXPECT_EQ(passwords_->computed(), hashes_before);
  }

  const json::array email_ = AttributeList({{"email", "alice@example.org"}});
};

TEST_F(PreSignUpTest, SignUpSendsAwsEvent) {
  Hook([](json::object&) {});
  const Reply reply = Public("SignUp", "alice",
                             {{"Password", kPassword},
                              {"UserAttributes", email_},
                              {"ValidationData", AttributeList({{"captcha", "42"}})},
                              {"ClientMetadata", {{"campaign", "spring"}}}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.At("UserConfirmed"), json::value(false));
  EXPECT_EQ(Messages().size(), 1U);
  EXPECT_EQ(
      hooks_.LastEvent("PreSignUp_SignUp"),
      (json::object{
          {"version", "1"},
          {"triggerSource", "PreSignUp_SignUp"},
          {"region", "eu-west-1"},
          {"userPoolId", pool_},
          {"userName", "alice"},
          {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client_}}},
          {"request",
           {{"userAttributes", {{"email", "alice@example.org"}}},
            {"validationData", {{"captcha", "42"}}},
            {"clientMetadata", {{"campaign", "spring"}}}}},
          {"response",
           {{"autoConfirmUser", false}, {"autoVerifyEmail", false}, {"autoVerifyPhone", false}}}}));
}

TEST_F(PreSignUpTest, AdminCreateUserSendsAwsEventAndWhatIsAnsweredCountsForNothing) {
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyPhone", true}}));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"UserAttributes", email_}})));
  EXPECT_EQ(
      hooks_.LastEvent("PreSignUp_AdminCreateUser"),
      (json::object{
          {"version", "1"},
          {"triggerSource", "PreSignUp_AdminCreateUser"},
          {"region", "eu-west-1"},
          {"userPoolId", pool_},
          {"userName", "alice"},
          {"callerContext",
           {{"awsSdkVersion", "aws-sdk-unknown-unknown"},
            {"clientId", "CLIENT_ID_NOT_APPLICABLE"}}},
          {"request",
           {{"userAttributes", {{"email", "alice@example.org"}}}, {"validationData", nullptr}}},
          {"response",
           {{"autoConfirmUser", false}, {"autoVerifyEmail", false}, {"autoVerifyPhone", false}}}}));
  EXPECT_EQ(StatusOf("alice"), "FORCE_CHANGE_PASSWORD");
  // The invitation goes to a user who exists already.
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"MessageAction", "RESEND"}})));
  EXPECT_EQ(hooks_.events().size(), 1U);
}

TEST_F(PreSignUpTest, AutoConfirmedUsersSignInAtOnceAndGetNoCode) {
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyEmail", true}}));
  const Reply reply = SignUp("alice", email_);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.At("UserConfirmed"), json::value(true));
  EXPECT_FALSE(reply.body.contains("CodeDeliveryDetails"));
  EXPECT_TRUE(Messages().empty());
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  SignIn("alice");
}

TEST_F(PreSignUpTest, AnAutoVerifiedAddressIsTakenFromWhoHadIt) {
  UsePool({{"AliasAttributes", {"email"}}});
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyEmail", true}}));
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  ASSERT_TRUE(Succeeded(SignUp("bob", email_)));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  EXPECT_EQ(Admin("AdminGetUser", "alice@example.org").Text("Username"), "bob");
}

TEST_F(PreSignUpTest, APreferredUsernameIsTakenFromNobody) {
  UsePool({{"AliasAttributes", {"email", "preferred_username"}}});
  MakeUser("alice", AttributeList({{"preferred_username", "boss"}}));
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyEmail", true}}));
  EXPECT_EQ(
      SignUp("bob", AttributeList({{"email", "bob@example.org"}, {"preferred_username", "boss"}}))
          .code,
      "UsernameExistsException");
  EXPECT_EQ(Admin("AdminGetUser", "boss").Text("Username"), "alice");
}

TEST_F(PreSignUpTest, WhatIsNotThereCannotBeVerified) {
  const uint64_t hashes = passwords_->computed();
  Hook(Answering({{"autoVerifyEmail", true}}));
  EXPECT_TRUE(
      FailedWith(SignUp("alice", email_), "InvalidLambdaResponseException",
                 "Phone or email cannot be auto verified, when user is not being auto confirmed."));
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyPhone", true}}));
  EXPECT_EQ(SignUp("alice", email_).code, "InvalidLambdaResponseException");
  Hook(Answering({{"autoConfirmUser", true}, {"autoVerifyEmail", true}}));
  EXPECT_EQ(SignUp("alice").code, "InvalidLambdaResponseException");
  Hook(Answering({{"autoConfirmUser", "yes"}}));
  EXPECT_TRUE(FailedWith(SignUp("alice", email_), "InvalidLambdaResponseException",
                         "Unrecognizable lambda output"));
  ExpectNothingWritten("alice", hashes);
}

TEST_F(PreSignUpTest, AnErrorIsToldAndNothingIsWritten) {
  const uint64_t hashes = passwords_->computed();
  Hook([](json::object&) { throw std::runtime_error("Not from here"); });
  EXPECT_TRUE(FailedWith(SignUp("alice", email_), "UserLambdaValidationException",
                         "PreSignUp failed with error Not from here."));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice", {{"UserAttributes", email_}}),
                         "UserLambdaValidationException",
                         "PreSignUp failed with error Not from here."));
  ExpectNothingWritten("alice", hashes);
}

TEST_F(PreSignUpTest, WhatIsRefusedAnywayCallsNoFunction) {
  MakeUser("bob");
  Hook([](json::object&) {});
  EXPECT_EQ(SignUp("bob", email_).code, "UsernameExistsException");
  EXPECT_EQ(Public("SignUp", "alice", {{"Password", "short"}}).code, "InvalidPasswordException");
  EXPECT_EQ(Admin("AdminCreateUser", "bob").code, "UsernameExistsException");
  EXPECT_EQ(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", "short1"}}).code,
            "InvalidPasswordException");
  EXPECT_TRUE(hooks_.events().empty());
}

TEST_F(PreSignUpTest, TheFunctionMayCallBackForTheUserWhoSignsUp) {
  std::string seen;
  Hook([&](json::object&) { seen = Admin("AdminGetUser", "alice").code; });
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  EXPECT_EQ(seen, "UserNotFoundException");
  // Somebody takes the name while the function runs.
  bool taken = false;
  Hook([&](json::object&) {
    if (!std::exchange(taken, true)) MakeUser("bob");
  });
  EXPECT_TRUE(FailedWith(SignUp("bob", email_), "UsernameExistsException", "User already exists"));
}

}  // namespace
}  // namespace sallyport::operations
