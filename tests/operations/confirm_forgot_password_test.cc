#include <atomic>
#include <thread>
#include <vector>

#include "code_fixture.h"
#include "domain/credentials/code_record.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kOther = "Other0ne!";

class ConfirmForgotPassword : public CodeTest {
 protected:
  std::string Forget(std::string_view username) {
    EXPECT_TRUE(Succeeded(Public("ForgotPassword", username)));
    return LastCode();
  }
  Reply Reset(std::string_view username, std::string_view code,
              std::string_view password = kOther) {
    return Public("ConfirmForgotPassword", username,
                  {{"ConfirmationCode", code}, {"Password", password}});
  }
};

TEST_F(ConfirmForgotPassword, SetsThePasswordOnceAndRevokesEveryFamily) {
  MakeSignedUp("alice", "alice@example.org");
  const std::vector<Tokens> families{SignIn("alice"), SignIn("alice")};
  const std::string code = Forget("alice");
  const uint64_t before = Head();
  ExpectRevoked(Reset("alice", code), families, before);
  EXPECT_EQ(Initiate("alice").code, "NotAuthorizedException");
  SignIn("alice", kOther);
  EXPECT_TRUE(FailedWith(Reset("alice", code), "ExpiredCodeException", kNoCode));
}

TEST_F(ConfirmForgotPassword, SparesTheFamiliesWhereThePoolSaysSo) {
  Change({{"AutoVerifiedAttributes", {"email"}},
          {"UserPoolTags", {{"sallyport:revoke-on-password-change", "false"}}}});
  MakeSignedUp("alice", "alice@example.org");
  const Tokens tokens = SignIn("alice");
  ASSERT_TRUE(Succeeded(Reset("alice", Forget("alice"))));
  EXPECT_TRUE(AccessTokenLives(tokens));
}

TEST_F(ConfirmForgotPassword, AWrongCodeIsCountedAndCostsNoHash) {
  MakeSignedUp("alice", "alice@example.org");
  const std::string code = Forget("alice");
  const uint64_t hashes = passwords_->computed();
  // A code with a bad password does not count as a guess.
  EXPECT_TRUE(FailedWith(Reset("alice", code, "short"), "InvalidPasswordException",
                         "Password did not conform with policy: Password not long enough"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(FailedWith(Reset("alice", Other(code)), "CodeMismatchException", kMismatch));
  }
  EXPECT_TRUE(FailedWith(Reset("alice", code), "LimitExceededException", kTooMany));
  EXPECT_EQ(passwords_->computed(), hashes);
}

TEST_F(ConfirmForgotPassword, TheCodeServesAnHour) {
  MakeSignedUp("alice", "alice@example.org");
  const std::string code = Forget("alice");
  clock_.AdvanceMillis(3'600'000);
  EXPECT_TRUE(FailedWith(Reset("alice", code), "ExpiredCodeException", kNoCode));
}

TEST_F(ConfirmForgotPassword, ACodeToAnAddressThatIsNotTheUsersAnyMoreIsWorthNothing) {
  MakeSignedUp("alice", "alice@example.org");
  const std::string code = Forget("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminUpdateUserAttributes", "alice",
                              {{"UserAttributes", AttributeList({{"email", "new@example.org"},
                                                                 {"email_verified", "true"}})}})));
  EXPECT_TRUE(FailedWith(Reset("alice", code), "ExpiredCodeException", kNoCode));
}

TEST_F(ConfirmForgotPassword, OneCodeSetsOnePasswordUnderARace) {
  MakeSignedUp("alice", "alice@example.org");
  const std::string code = Forget("alice");
  std::atomic<int> set = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back(
        [&, t] { set += Reset("alice", code, "Passw0rd!" + std::to_string(t)).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(set, 1);
}

TEST_F(ConfirmForgotPassword, AnUnknownUserIsToldToALegacyClient) {
  EXPECT_TRUE(FailedWith(Reset("nobody", "123456"), "UserNotFoundException",
                         "Username/client id combination not found."));
}

// A reset by an administrator leaves a code that the user has not asked for.
TEST_F(ConfirmForgotPassword, WhetherACodeIsOutstandingIsNotToldWhereTheClientHidesUsers) {
  for (const char* name : {"reset", "asked", "without"}) {
    MakeSignedUp(name, "alice@example.org");
  }
  ASSERT_TRUE(Succeeded(Admin("AdminResetUserPassword", "reset")));
  clock_.AdvanceMillis(1);
  const std::string code = Forget("asked");
  const uint64_t hashes = passwords_->computed();
  HideUsers();
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "nobody-who-asked")));
  for (const char* name : {"nobody", "nobody-who-asked", "without", "reset", "asked"}) {
    const auto guess = [&] { return Reset(name, "wrong"); };
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(FailedWith(guess(), "CodeMismatchException", kMismatch)) << name;
    }
    EXPECT_TRUE(FailedWith(guess(), "LimitExceededException", kTooMany)) << name;
  }
  EXPECT_EQ(passwords_->computed(), hashes);
  clock_.AdvanceMillis(15 * 60'000);
  // The wrong guesses have ended the code.
  EXPECT_TRUE(FailedWith(Reset("asked", code), "CodeMismatchException", kMismatch));
}

// If it were counted for the user too, it would be written twice, and the time of the second write
// would tell that the user exists.
TEST_F(ConfirmForgotPassword, AGuessAtAUserWhoGetsNoCodeIsWrittenOnceWhereTheClientHidesUsers) {
  MakeSignedUp("confirmed", "alice@example.org");
  ASSERT_TRUE(Succeeded(SignUp("unconfirmed", AttributeList({{"email", "alice@example.org"}}))));
  const auto is_counted_for_the_user = [&](const char* name) {
    const std::string sub = AttributeOf(name, "sub").value_or("");
    EXPECT_TRUE(FailedWith(Reset(name, "wrong"), "CodeMismatchException", kMismatch)) << name;
    const domain::CodeSlot slot{pool_, sub, domain::CodePurpose::kForgotPassword};
    return store_->Get(CodeKey(slot)).value().has_value();
  };
  HideUsers();
  EXPECT_TRUE(is_counted_for_the_user("confirmed"));
  EXPECT_FALSE(is_counted_for_the_user("unconfirmed"));
}

}  // namespace
}  // namespace sallyport::operations
