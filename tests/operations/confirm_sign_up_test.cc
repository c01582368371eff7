#include <atomic>
#include <thread>
#include <vector>

#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ConfirmSignUp : public CodeTest {
 protected:
  void SignUpAlice() {
    ASSERT_TRUE(Succeeded(SignUp("alice", AttributeList({{"email", "alice@example.org"}}))));
  }
};

TEST_F(ConfirmSignUp, ConfirmsTheUserAndVerifiesTheAddress) {
  SignUpAlice();
  const std::string code = LastCode();
  EXPECT_TRUE(FailedWith(Confirm("alice", Other(code)), "CodeMismatchException", kMismatch));
  ASSERT_TRUE(Succeeded(Confirm("alice", code)));
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  SignIn("alice");
  EXPECT_TRUE(FailedWith(Confirm("alice", code), "NotAuthorizedException",
                         "User cannot be confirmed. Current status is CONFIRMED"));
}

TEST_F(ConfirmSignUp, TheCodeServesADayAndIsThenForgotten) {
  SignUpAlice();
  const std::string code = LastCode();
  clock_.AdvanceMillis(int64_t{24} * 3'600'000);
  EXPECT_TRUE(FailedWith(Confirm("alice", code), "ExpiredCodeException", kNoCode));
  // The time before which things may be forgotten follows the clock a day behind.
  clock_.AdvanceMillis(int64_t{48} * 3'600'000);
  ASSERT_TRUE(time_->Tick().ok());
  ASSERT_TRUE(families_->DeleteExpired().ok());
  EXPECT_TRUE(store_->List("codes-by-expiry", "", std::nullopt, 1)->empty());
}

TEST_F(ConfirmSignUp, WithoutACodeOutstandingItIsExpired) {
  Change({});
  SignUpAlice();
  EXPECT_TRUE(FailedWith(Confirm("alice", "123456"), "ExpiredCodeException", kNoCode));
}

TEST_F(ConfirmSignUp, FiveWrongGuessesEndTheCodeAndCloseForAWhile) {
  SignUpAlice();
  const std::string code = LastCode();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(FailedWith(Confirm("alice", Other(code)), "CodeMismatchException", kMismatch));
    // A guess stays counted.
    if (i == 2) Restart();
  }
  EXPECT_TRUE(FailedWith(Confirm("alice", code), "LimitExceededException", kTooMany));
  ASSERT_TRUE(Succeeded(Public("ResendConfirmationCode", "alice")));
  const std::string second = LastCode();
  EXPECT_TRUE(FailedWith(Confirm("alice", second), "LimitExceededException", kTooMany));
  clock_.AdvanceMillis(15 * 60'000);
  EXPECT_EQ(Confirm("alice", code).code,
            code == second ? std::string() : std::string("CodeMismatchException"));
  EXPECT_EQ(Confirm("alice", second).code,
            code == second ? std::string("NotAuthorizedException") : std::string());
}

TEST_F(ConfirmSignUp, ConcurrentGuessesDoNotSlipPastTheLimit) {
  SignUpAlice();
  const std::string wrong = Other(LastCode());
  std::atomic<int> mismatches = 0;
  std::atomic<int> limited = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        const Reply reply = Confirm("alice", wrong);
        if (reply.code == "CodeMismatchException") ++mismatches;
        if (reply.code == "LimitExceededException") ++limited;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mismatches, 5);
  EXPECT_EQ(limited, 15);
}

TEST_F(ConfirmSignUp, OneCodeConfirmsOnceUnderARace) {
  SignUpAlice();
  const std::string code = LastCode();
  std::atomic<int> confirmed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { confirmed += Confirm("alice", code).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(confirmed, 1);
}

// Whichever commits first, there is no third outcome: either the user is confirmed and nothing is
// sent again, or there is a new code, and only that one works.
TEST_F(ConfirmSignUp, RacesAResendToOneOfTwoOutcomes) {
  for (int round = 0; round < 8; ++round) {
    const std::string name = "user" + std::to_string(round);
    ASSERT_TRUE(Succeeded(SignUp(name, AttributeList({{"email", "a@example.org"}}))));
    const std::string code = LastCode();
    const size_t before = Messages().size();
    Reply resent;
    std::thread other([&] { resent = Public("ResendConfirmationCode", name); });
    const Reply confirmed = Confirm(name, code);
    other.join();
    if (confirmed.ok()) {
      EXPECT_EQ(StatusOf(name), "CONFIRMED");
      if (!resent.ok()) {
        EXPECT_TRUE(FailedWith(resent, "InvalidParameterException", "User is already confirmed."));
      }
    } else {
      EXPECT_TRUE(FailedWith(confirmed, "CodeMismatchException", kMismatch));
      ASSERT_TRUE(Succeeded(resent));
      EXPECT_TRUE(Succeeded(Confirm(name, LastCode())));
    }
    EXPECT_EQ(Messages().size(), before + (resent.ok() ? 1 : 0));
  }
}

TEST_F(ConfirmSignUp, AnUnknownNameIsToldOnlyWhereTheClientMayTell) {
  EXPECT_TRUE(FailedWith(Confirm("nobody", "123456"), "UserNotFoundException",
                         "Username/client id combination not found."));
  ASSERT_TRUE(Succeeded(SignUp("late", AttributeList({{"email", "late@example.org"}}))));
  clock_.AdvanceMillis(int64_t{25} * 3'600'000);
  MakeSignedUp("confirmed", "confirmed@example.org");
  for (const char* name : {"disabled", "waiting", "asking"}) {
    clock_.AdvanceMillis(1);
    ASSERT_TRUE(Succeeded(SignUp(name, AttributeList({{"email", "a@example.org"}}))));
  }
  const std::string code = LastCode();
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "disabled")));
  HideUsers();
  ASSERT_TRUE(Succeeded(Public("ResendConfirmationCode", "asked")));
  for (const char* name : {"nobody", "asked", "late", "confirmed", "disabled", "waiting"}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(FailedWith(Confirm(name, Other(code)), "CodeMismatchException", kMismatch))
          << name;
    }
    EXPECT_TRUE(FailedWith(Confirm(name, Other(code)), "LimitExceededException", kTooMany)) << name;
  }
  EXPECT_TRUE(Succeeded(Confirm("asking", code)));
}

TEST_F(ConfirmSignUp, AnAddressIsAnAliasOnceItIsVerifiedAndForceTakesIt) {
  UsePool({{"AliasAttributes", {"email"}}, {"AutoVerifiedAttributes", {"email"}}});
  const auto address = AttributeList({{"email", "shared@example.org"}});
  ASSERT_TRUE(Succeeded(SignUp("alice", address)));
  EXPECT_EQ(Initiate("shared@example.org").code, "UserNotFoundException");
  ASSERT_TRUE(Succeeded(Confirm("alice", LastCode())));
  SignIn("shared@example.org");
  ASSERT_TRUE(Succeeded(SignUp("bob", address)));
  const std::string code = LastCode();
  EXPECT_TRUE(FailedWith(Confirm("bob", code), "AliasExistsException",
                         "An account with the email already exists."));
  // That did not use up the code.
  ASSERT_TRUE(Succeeded(Confirm("bob", code, {{"ForceAliasCreation", true}})));
  EXPECT_EQ(ClaimsOf(SignIn("shared@example.org").access).at("username").as_string(), "bob");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "false");
  SignIn("alice");
}

}  // namespace
}  // namespace sallyport::operations
