// The hook UserMigration, at sign-in and where a password is forgotten.
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class UserMigrationTest : public CodeTest {
 protected:
  UserMigrationTest() {
    Answer({{"userAttributes", {{"email", "alice@example.org"}, {"email_verified", "true"}}},
            {"finalUserStatus", "CONFIRMED"},
            {"messageAction", "SUPPRESS"}});
  }
  void Hook(domain::ScriptedHooks::Handler handler) {
    lambdas_["UserMigration"] = hooks_.Define("fetch", std::move(handler));
    Change({{"AutoVerifiedAttributes", {"email"}}, {"LambdaConfig", lambdas_}});
  }
  void Answer(json::object members) {
    Hook([members](json::object& event) {
      for (const auto& [name, value] : members) event["response"].as_object()[name] = value;
    });
  }
  json::object EventOf(std::string_view source, json::object request) {
    return {
        {"version", "1"},
        {"triggerSource", source},
        {"region", "eu-west-1"},
        {"userPoolId", pool_},
        {"userName", "alice"},
        {"callerContext", {{"awsSdkVersion", "aws-sdk-unknown-unknown"}, {"clientId", client_}}},
        {"request", std::move(request)},
        {"response",
         {{"userAttributes", nullptr},
          {"forceAliasCreation", nullptr},
          {"enableSMSMFA", nullptr},
          {"finalUserStatus", nullptr},
          {"messageAction", nullptr},
          {"desiredDeliveryMediums", nullptr}}}};
  }
  bool Exists(std::string_view name) { return Admin("AdminGetUser", name).ok(); }
  // With a client that reveals which users exist, and with one that hides it.
  void ExpectRefused(std::string_view code, std::string_view message) {
    // Guesses that were refused before no longer count.
    clock_.AdvanceMillis(1'800'000);
    const std::string telling = client_;
    EXPECT_TRUE(FailedWith(Initiate("alice"), code, message));
    client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}},
                                 {"PreventUserExistenceErrors", "ENABLED"}});
    EXPECT_TRUE(
        FailedWith(Initiate("alice"), "NotAuthorizedException", "Incorrect username or password."));
    client_ = telling;
    EXPECT_FALSE(Exists("alice"));
  }

  json::object lambdas_;
};

TEST_F(UserMigrationTest, TheFirstSignInSendsAwsEventAndLaterOnesNone) {
  const Reply reply =
      Call("InitiateAuth",
           json::object{{"ClientId", client_},
                        {"AuthFlow", "USER_PASSWORD_AUTH"},
                        {"AuthParameters", {{"USERNAME", "alice"}, {"PASSWORD", kPassword}}},
                        {"ClientMetadata", {{"site", "old"}}}});
  ASSERT_TRUE(Succeeded(reply));
  ASSERT_EQ(hooks_.events().size(), 1U);
  EXPECT_EQ(hooks_.events()[0],
            EventOf("UserMigration_Authentication", {{"password", kPassword},
                                                     {"validationData", {{"site", "old"}}},
                                                     {"userAttributes", nullptr}}));
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  EXPECT_TRUE(Messages().empty());
  SignIn("alice");
  EXPECT_EQ(Initiate("alice", "wrong").code, "NotAuthorizedException");
  EXPECT_EQ(hooks_.events().size(), 1U);
}

TEST_F(UserMigrationTest, AnAdministratorsSignInMigratesAndAnswersAsAws) {
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_ADMIN_USER_PASSWORD_AUTH"}}});
  ASSERT_TRUE(Succeeded(
      Call("AdminInitiateAuth",
           json::object{{"UserPoolId", pool_},
                        {"ClientId", client_},
                        {"AuthFlow", "ADMIN_USER_PASSWORD_AUTH"},
                        {"AuthParameters", {{"USERNAME", "alice"}, {"PASSWORD", kPassword}}}})));
  EXPECT_EQ(
      hooks_.events()[0],
      EventOf("UserMigration_Authentication",
              {{"password", kPassword}, {"validationData", nullptr}, {"userAttributes", nullptr}}));
}

// AWS's rule: the function checks the strength of the password, and not the pool. The password
// works, and can be replaced.
TEST_F(UserMigrationTest, APasswordThatThePoolWouldNotTakeIsKept) {
  const std::pair<std::string_view, std::string> olds[] = {
      {"short", "old"}, {"blanks", " old "}, {"lengthy", std::string(300, 'x')}};
  for (const auto& [name, old] : olds) {
    ASSERT_TRUE(Succeeded(Initiate(name, old))) << name;
    const Tokens tokens = SignIn(name, old);
    EXPECT_TRUE(Succeeded(By(tokens, "ChangePassword",
                             {{"PreviousPassword", old}, {"ProposedPassword", "Other0ne!"}})))
        << name;
    SignIn(name, "Other0ne!");
  }
}

// The other directory keeps the name as its owner once wrote it.
TEST_F(UserMigrationTest, AnAddressThatDiffersFromTheTypedNameInLetterCaseAloneIsTheSame) {
  UsePool({{"UsernameAttributes", {"email"}}, {"AutoVerifiedAttributes", {"email"}}});
  Answer({{"userAttributes", {{"email", "Alice@Example.org"}, {"email_verified", "true"}}},
          {"finalUserStatus", "CONFIRMED"}});
  ASSERT_TRUE(Succeeded(Initiate("alice@example.org")));
  EXPECT_EQ(AttributeOf("alice@example.org", "email"), "alice@example.org");
  EXPECT_TRUE(Succeeded(Initiate("alice@example.org")));
  EXPECT_EQ(hooks_.events().size(), 1U);
  // Another user's name does not work.
  EXPECT_TRUE(FailedWith(
      Initiate("bob@example.org"), "UserNotFoundException",
      "User email should be empty or same as username, since username attribute is email."));
  EXPECT_FALSE(Exists("bob@example.org"));
}

TEST_F(UserMigrationTest, ResetRequiredIsCreatedAndMustReset) {
  Answer({{"userAttributes", {{"email", "alice@example.org"}, {"email_verified", true}}},
          {"finalUserStatus", "RESET_REQUIRED"}});
  EXPECT_TRUE(FailedWith(Initiate("alice"), "PasswordResetRequiredException",
                         "Password reset required for the user"));
  EXPECT_EQ(StatusOf("alice"), "RESET_REQUIRED");
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  EXPECT_EQ(hooks_.events().size(), 1U);
}

TEST_F(UserMigrationTest, AForgottenPasswordSendsAwsEventAndThenACode) {
  Answer({{"userAttributes", {{"email", "alice@example.org"}, {"email_verified", "true"}}}});
  const Reply reply = Public("ForgotPassword", "alice", {{"ClientMetadata", {{"site", "old"}}}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("CodeDeliveryDetails.Destination"), "a***@e***");
  EXPECT_EQ(hooks_.events()[0],
            EventOf("UserMigration_ForgotPassword", {{"clientMetadata", {{"site", "old"}}}}));
  EXPECT_EQ(StatusOf("alice"), "RESET_REQUIRED");
  EXPECT_EQ(Initiate("alice").code, "PasswordResetRequiredException")
      << "no password is the user's yet";
  ASSERT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice",
                               {{"ConfirmationCode", LastCode()}, {"Password", kPassword}})));
  SignIn("alice");
}

TEST_F(UserMigrationTest, WhoIsNotFoundIsForgottenAsAnybodyUnknown) {
  Hook([](json::object&) { throw std::runtime_error("Bad user"); });
  EXPECT_TRUE(FailedWith(Public("ForgotPassword", "alice"), "UserLambdaValidationException",
                         "UserMigration failed with error Bad user."));
  HideUsers();
  const Reply hidden = Public("ForgotPassword", "alice");
  ASSERT_TRUE(Succeeded(hidden));
  EXPECT_EQ(hidden.Text("CodeDeliveryDetails.DeliveryMedium"), "EMAIL");
  EXPECT_TRUE(Messages().empty());
  EXPECT_FALSE(Exists("alice"));
}

TEST_F(UserMigrationTest, EachWayToFailHasItsErrorAndCreatesNobody) {
  using Kind = domain::HookOutcome::Kind;
  const std::string nobody = "Exception migrating user in app client " + client_;
  Hook([](json::object&) { throw std::runtime_error("Bad password"); });
  ExpectRefused("UserLambdaValidationException", "UserMigration failed with error Bad password.");
  Answer({});
  ExpectRefused("UserNotFoundException", nobody);
  hooks_.DefineOutcome("fetch", {Kind::kNotCalled, "AccessDeniedException", ""});
  ExpectRefused("UserNotFoundException", nobody);
  hooks_.DefineOutcome("fetch", {Kind::kTimedOut, "", ""});
  ExpectRefused("UserNotFoundException", nobody);
  hooks_.DefineOutcome("fetch", {Kind::kAnswered, "null", ""});
  ExpectRefused("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON");
  const json::object email{{"email", "alice@example.org"}};
  Answer({{"userAttributes", email}, {"finalUserStatus", "ARCHIVED"}});
  ExpectRefused("UserNotFoundException",
                "Exception during user migration: Invalid finalUserStatus");
  Answer({{"userAttributes", email}, {"messageAction", "RESEND"}});
  ExpectRefused("UserNotFoundException", "Exception during user migration: Invalid messageAction");
  Answer({{"userAttributes", email}, {"desiredDeliveryMediums", {"PIGEON"}}});
  ExpectRefused("UserNotFoundException",
                "Exception during user migration: Invalid desiredDeliveryMediums");
  Answer({{"userAttributes", {{"custom:shoe", "42"}}}});
  EXPECT_EQ(Initiate("alice").code, "UserNotFoundException");
  Answer({{"userAttributes", {{"email", json::array{}}}}});
  ExpectRefused("InvalidLambdaResponseException", "Unrecognizable lambda output");
}

TEST_F(UserMigrationTest, PreSignUpIsAskedAsOfAdminCreateUserAndCanRefuse) {
  lambdas_["PreSignUp"] =
      hooks_.Define("check", [](json::object&) { throw std::runtime_error("not you"); });
  Answer({{"userAttributes", {{"email", "alice@example.org"}}}});
  ExpectRefused("UserLambdaValidationException", "PreSignUp failed with error not you.");
  hooks_.Define("check", [](json::object&) {});
  ASSERT_TRUE(Succeeded(Initiate("alice")));
  const json::object event = hooks_.LastEvent("PreSignUp_AdminCreateUser");
  EXPECT_EQ(event.at("callerContext").at("clientId"), json::value(client_));
  EXPECT_EQ(event.at("request"), json::value({{"userAttributes", {{"email", "alice@example.org"}}},
                                              {"validationData", nullptr}}));
}

TEST_F(UserMigrationTest, ByAnAliasTheFunctionNamesTheUserAndMayTakeTheAlias) {
  UsePool(CaseInsensitive({{"AliasAttributes", {"email"}}}));
  MakeUser("old", AttributeList({{"email", "alice@example.org"}, {"email_verified", "true"}}));
  const json::object named{
      {"username", "alice"}, {"email", "ALICE@example.org"}, {"email_verified", "true"}};
  // A user whose first address is taken signs in with the other one.
  Answer({{"userAttributes", named}});
  EXPECT_TRUE(FailedWith(Initiate("alice"), "UserNotFoundException",
                         "Exception migrating user in app client " + client_));
  EXPECT_FALSE(Exists("alice"));
  Answer({{"userAttributes", named}, {"forceAliasCreation", true}});
  ASSERT_TRUE(Succeeded(Initiate("alice")));
  EXPECT_EQ(AttributeOf("old", "email_verified"), "false");
}

TEST_F(UserMigrationTest, ManyFirstSignInsAtOnceMakeOneUserAndAllSucceed) {
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { succeeded += Initiate("alice").ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 4);
  const Reply listed = Call("ListUsers", json::object{{"UserPoolId", pool_}});
  EXPECT_EQ(listed.At("Users").as_array().size(), 1U);
}

TEST_F(UserMigrationTest, TheFunctionMayCallBack) {
  Hook([&](json::object& event) {
    EXPECT_EQ(Admin("AdminGetUser", "alice").code, "UserNotFoundException");
    MakeUser("alice");  // itself, as some recipes do
    event["response"].as_object()["userAttributes"] = {{"email", "alice@example.org"}};
  });
  ASSERT_TRUE(Succeeded(Initiate("alice")));
}

}  // namespace
}  // namespace sallyport::operations
