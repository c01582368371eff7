// A passphrase with spaces is accepted as a password everywhere; a space counts as a symbol.
#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kPhrase = "Correct horse battery 9";

class Passphrase : public CodeTest {
 protected:
  Reply Choose(std::string_view session, std::string_view password) {
    return Call(
        "RespondToAuthChallenge",
        json::object{{"ClientId", client_},
                     {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                     {"Session", session},
                     {"ChallengeResponses", {{"USERNAME", "bob"}, {"NEW_PASSWORD", password}}}});
  }
  Reply SignUpWith(std::string_view username, std::string_view password) {
    return Public(
        "SignUp", username,
        {{"Password", password}, {"UserAttributes", AttributeList({{"email", "a@example.org"}})}});
  }
};

TEST_F(Passphrase, IsTakenByEveryOperationThatSetsAPassword) {
  ASSERT_TRUE(Succeeded(SignUpWith("alice", kPhrase)));
  ASSERT_TRUE(Succeeded(Confirm("alice", LastCode())));
  const Tokens tokens = SignIn("alice", kPhrase);

  const auto change = [&](std::string_view from, std::string_view to) {
    return By(tokens, "ChangePassword", {{"PreviousPassword", from}, {"ProposedPassword", to}});
  };
  ASSERT_TRUE(Succeeded(change(kPhrase, "Another horse 9")));
  ASSERT_TRUE(Succeeded(change("Another horse 9", kPhrase)));

  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  ASSERT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice",
                               {{"ConfirmationCode", LastCode()}, {"Password", "A third 1"}})));
  SignIn("alice", "A third 1");
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", kPhrase}, {"Permanent", true}})));
  SignIn("alice", kPhrase);

  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "bob", {{"TemporaryPassword", "Temp horse 1"}})));
  const std::string session = Initiate("bob", "Temp horse 1").Text("Session");
  ASSERT_TRUE(Succeeded(Choose(session, kPhrase)));
  SignIn("bob", kPhrase);
}

// Each way to sign in has its own message.
TEST_F(Passphrase, WithABlankAtAnEndOrTooLongIsTakenByNone) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "bob", {{"TemporaryPassword", "Temp horse 1"}})));
  const std::string session = Initiate("bob", "Temp horse 1").Text("Session");
  const std::string lengthy = "Aa 1" + std::string(253, 'x');
  for (const std::string& bad : {std::string(" Correct horse 9"), std::string("Correct horse 9 "),
                                 std::string("\tCorrect horse 9"), std::string("Correct horse 9\n"),
                                 std::string("Correct\nhorse 9"), lengthy}) {
    EXPECT_EQ(SignUpWith("carol", bad).code, "InvalidParameterException") << bad;
    EXPECT_EQ(Admin("AdminSetUserPassword", "bob", {{"Password", bad}}).code,
              "InvalidParameterException")
        << bad;
    EXPECT_EQ(Choose(session, bad).code, "InvalidPasswordException") << bad;
  }
  EXPECT_TRUE(FailedWith(SignUpWith("carol", " Correct horse 9"), "InvalidParameterException",
                         "1 validation error detected: Value at 'password' failed to satisfy "
                         "constraint: Member must satisfy regular expression pattern: "
                         "^[\\S]+.*[\\S]+$"));
}

// A password of another directory may have any form; its user can change it after a sign-in.
TEST_F(Passphrase, APresentPasswordOfAnotherFormCanBeChanged) {
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  const auto change = [&](std::string_view from) {
    return By(tokens, "ChangePassword",
              {{"PreviousPassword", from}, {"ProposedPassword", kPhrase}});
  };
  for (const std::string& wrong : {std::string(" blank at an end "), std::string(300, 'x')}) {
    EXPECT_TRUE(
        FailedWith(change(wrong), "NotAuthorizedException", "Incorrect username or password."));
  }
  // The limit that a sign-in has.
  EXPECT_EQ(change(std::string(131'073, 'x')).code, "InvalidParameterException");
  EXPECT_EQ(Initiate("alice", std::string(131'073, 'x')).code, "InvalidParameterException");
}

}  // namespace
}  // namespace sallyport::operations
