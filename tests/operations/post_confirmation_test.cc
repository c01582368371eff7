// The hook PostConfirmation, after each way to be confirmed.
#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class PostConfirmationTest : public CodeTest {
 protected:
  void Hook(domain::ScriptedHooks::Handler handler, json::object lambdas = {}) {
    lambdas["PostConfirmation"] = hooks_.Define("after", std::move(handler));
    Change({{"AutoVerifiedAttributes", {"email"}}, {"LambdaConfig", std::move(lambdas)}});
  }
  json::object EventOf(std::string_view source, std::string_view username, std::string_view client,
                       bool verified, json::object request = {}) {
    request["userAttributes"] = {{"sub", AttributeOf(username, "sub").value()},
                                 {"cognito:user_status", "CONFIRMED"},
                                 {"email", "alice@example.org"},
                                 {"email_verified", verified ? "true" : "false"}};
    return {{"version", "1"},
            {"triggerSource", source},
            {"region", "eu-west-1"},
            {"userPoolId", pool_},
            {"userName", username},
            {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client}}},
            {"request", std::move(request)},
            {"response", json::object()}};
  }
  // The only event so far.
  json::object Event() {
    const auto events = hooks_.events();
    EXPECT_EQ(events.size(), 1U);
    return events.empty() ? json::object() : events.back();
  }

  const json::array email_ = AttributeList({{"email", "alice@example.org"}});
};

TEST_F(PostConfirmationTest, ConfirmSignUpSendsAwsEventWithWhatIsVerifiedNow) {
  Hook([&](json::object&) { EXPECT_EQ(StatusOf("alice"), "CONFIRMED"); });
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  const std::string code = LastCode();
  EXPECT_EQ(Confirm("alice", Other(code)).code, "CodeMismatchException");
  EXPECT_TRUE(hooks_.events().empty());
  ASSERT_TRUE(Succeeded(Confirm("alice", code, {{"ClientMetadata", {{"lang", "de"}}}})));
  EXPECT_EQ(Event(), EventOf("PostConfirmation_ConfirmSignUp", "alice", client_, true,
                             {{"clientMetadata", {{"lang", "de"}}}}));
}

TEST_F(PostConfirmationTest, AdminConfirmSignUpSendsAwsEvent) {
  Hook([](json::object&) {});
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  ASSERT_TRUE(
      Succeeded(Admin("AdminConfirmSignUp", "alice", {{"ClientMetadata", {{"lang", "de"}}}})));
  EXPECT_EQ(Event(), EventOf("PostConfirmation_ConfirmSignUp", "alice", "CLIENT_ID_NOT_APPLICABLE",
                             false, {{"clientMetadata", {{"lang", "de"}}}}));
  EXPECT_FALSE(Admin("AdminConfirmSignUp", "alice").ok());
  EXPECT_EQ(hooks_.events().size(), 1U);
}

TEST_F(PostConfirmationTest, ConfirmForgotPasswordSendsAwsEvent) {
  MakeSignedUp("alice", "alice@example.org");
  Hook([](json::object&) {});
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  const json::object answer{{"ConfirmationCode", LastCode()}, {"Password", "Other0ne!"}};
  ASSERT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice", answer)));
  EXPECT_EQ(Event(), EventOf("PostConfirmation_ConfirmForgotPassword", "alice", client_, true));
}

TEST_F(PostConfirmationTest, ASignUpThatAFunctionConfirmsSendsItToo) {
  Hook([&](json::object&) { EXPECT_EQ(StatusOf("alice"), "CONFIRMED"); },
       {{"PreSignUp", hooks_.Define("confirm", [](json::object& event) {
           event["response"].as_object()["autoConfirmUser"] = true;
         })}});
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  EXPECT_EQ(hooks_.LastEvent("PostConfirmation_ConfirmSignUp"),
            EventOf("PostConfirmation_ConfirmSignUp", "alice", client_, false));
}

TEST_F(PostConfirmationTest, AfterAnErrorTheUserStaysConfirmed) {
  Hook([](json::object&) { throw std::runtime_error("no room"); });
  ASSERT_TRUE(Succeeded(SignUp("alice", email_)));
  EXPECT_TRUE(FailedWith(Confirm("alice", LastCode()), "UserLambdaValidationException",
                         "PostConfirmation failed with error no room."));
  SignIn("alice");
  const uint64_t head = Head();
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  const Reply reset = Public("ConfirmForgotPassword", "alice",
                             {{"ConfirmationCode", LastCode()}, {"Password", "Other0ne!"}});
  EXPECT_EQ(reset.code, "UserLambdaValidationException");
  EXPECT_FALSE(AccessTokenLives(tokens));
  EXPECT_GT(reset.await_release, head) << "what it revoked is waited for all the same";
  SignIn("alice", "Other0ne!");
}

}  // namespace
}  // namespace sallyport::operations
