// The lock-out, at every place where a password is checked.
#include <atomic>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "domain/credentials/password_guesses.h"
#include "domain/limits/ceilings.h"
#include "domain/records/commit.h"
#include "domain/users/user.h"
#include "full_store.h"
#include "srp_proof.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kIncorrect = "Incorrect username or password.";
constexpr std::string_view kExceeded = "Password attempts exceeded";
constexpr std::string_view kLimit = "Attempt limit exceeded, please try after some time.";
constexpr std::string_view kWrong = "Wr0ngword!";

class LockOut : public UserTest {
 protected:
  LockOut() { client_ = ClientThat("ENABLED"); }

  std::string ClientThat(std::string_view existence_errors) {
    return MakeClient(pool_,
                      {{"PreventUserExistenceErrors", existence_errors},
                       {"ExplicitAuthFlows",
                        {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                         "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}});
  }

  // ---- The ways in.
  Reply ByAdmin(std::string_view name, std::string_view password) {
    return Call("AdminInitiateAuth",
                json::object{{"UserPoolId", pool_},
                             {"ClientId", client_},
                             {"AuthFlow", "ADMIN_USER_PASSWORD_AUTH"},
                             {"AuthParameters", {{"USERNAME", name}, {"PASSWORD", password}}}});
  }
  Reply BeginSrp(std::string_view name, std::string_view flow = "USER_SRP_AUTH") {
    json::object parameters{{"USERNAME", name}, {"SRP_A", srp_.PublicValue()}};
    if (flow == "CUSTOM_AUTH") parameters["CHALLENGE_NAME"] = "SRP_A";
    return Call("InitiateAuth", json::object{{"ClientId", client_},
                                             {"AuthFlow", flow},
                                             {"AuthParameters", std::move(parameters)}});
  }
  Reply Prove(const Reply& begun, std::string_view password) {
    if (!begun.ok()) return begun;
    return Call("RespondToAuthChallenge",
                json::object{{"ClientId", client_},
                             {"ChallengeName", "PASSWORD_VERIFIER"},
                             {"ChallengeResponses",
                              SrpProof(srp_, pool_, begun, password, clock_.WallSeconds())}});
  }
  using Way = std::function<Reply(std::string_view name, std::string_view password)>;
  std::map<std::string, Way> Ways() {
    return {{"InitiateAuth", [this](auto name, auto word) { return Initiate(name, word); }},
            {"AdminInitiateAuth", [this](auto name, auto word) { return ByAdmin(name, word); }},
            {"SRP", [this](auto name, auto word) { return Prove(BeginSrp(name), word); }},
            {"CUSTOM_AUTH",
             [this](auto name, auto word) { return Prove(BeginSrp(name, "CUSTOM_AUTH"), word); }}};
  }
  // A custom flow that asks only for the password.
  void UseCustom() {
    const auto define = [](json::object& event) {
      const json::array& session = event.at("request").at("session").as_array();
      const bool proved =
          !session.empty() && session.back().at("challengeName") == "PASSWORD_VERIFIER";
      json::object& response = event.at("response").as_object();
      response["issueTokens"] = proved;
      response["failAuthentication"] = false;
      if (!proved) response["challengeName"] = "PASSWORD_VERIFIER";
    };
    ASSERT_TRUE(Succeeded(
        Call("UpdateUserPool",
             json::object{
                 {"UserPoolId", pool_},
                 {"LambdaConfig", {{"DefineAuthChallenge", hooks_.Define("define", define)}}}})));
  }
  Reply Change(const Tokens& tokens, std::string_view previous, std::string_view proposed) {
    return By(tokens, "ChangePassword",
              {{"PreviousPassword", previous}, {"ProposedPassword", proposed}});
  }

  void BeWrong(std::string_view name, int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(FailedWith(Initiate(name, kWrong), "NotAuthorizedException", kIncorrect)) << i;
    }
  }
  // Every refusal of a sign-in waits for a Barrier, which is an empty commit.
  static constexpr uint64_t kBarrier = 1;

  // From here on the disk may be full.
  domain::FullStore& MayBeFull() {
    full_ = std::make_unique<domain::FullStore>(*store_);
    UseStore(*full_);
    return *full_;
  }
  void UseHook(std::string_view trigger, domain::ScriptedHooks::Handler handler) {
    const std::string arn = hooks_.Define(std::string(trigger), std::move(handler));
    ASSERT_TRUE(
        Succeeded(Call("UpdateUserPool",
                       json::object{{"UserPoolId", pool_}, {"LambdaConfig", {{trigger, arn}}}})));
  }

  bool IsExceeded(const Reply& reply) {
    return reply.code == "NotAuthorizedException" && reply.message == kExceeded;
  }

  domain::SrpClient srp_;
  std::unique_ptr<domain::FullStore> full_;
};

TEST_F(LockOut, EveryWayInIsLockedOutAndCountsForTheOthers) {
  UseCustom();
  MakeUser("alice");
  for (const std::string_view name : {"alice", "nobody"}) {
    for (const auto& [counted, by] : Ways()) {
      for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(FailedWith(by(name, kWrong), "NotAuthorizedException", kIncorrect))
            << counted << i << name;
      }
      for (const auto& [refused, other] : Ways()) {
        EXPECT_TRUE(IsExceeded(other(name, kPassword))) << counted << " " << refused << name;
      }
      clock_.AdvanceMillis(1000);
      if (name == "alice") {
        EXPECT_TRUE(Succeeded(by(name, kPassword))) << counted;
      } else {
        EXPECT_TRUE(FailedWith(by(name, kPassword), "NotAuthorizedException", kIncorrect));
        clock_.AdvanceMillis(1'800'000);
      }
    }
  }
}

TEST_F(LockOut, WhatIsTriedDuringTheWaitIsNotLookedAtAndDoesNotLengthenIt) {
  MakeUser("alice");
  BeWrong("alice", 5);
  const uint64_t hashes = passwords_->computed();
  const uint64_t commits = store_->Commits();
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(IsExceeded(Initiate("alice")));
  EXPECT_EQ(passwords_->computed(), hashes);
  EXPECT_EQ(store_->Commits(), commits + 300 * kBarrier);
  clock_.AdvanceMillis(999);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
  clock_.AdvanceMillis(1);
  BeWrong("alice", 1);
  clock_.AdvanceMillis(1999);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(Succeeded(Initiate("alice")));
}

TEST_F(LockOut, ASignInAfterTheWaitClearsTheCount) {
  MakeUser("alice");
  BeWrong("alice", 5);
  clock_.AdvanceMillis(1000);
  SignIn("alice");
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
}

TEST_F(LockOut, AllNamesOfAUserAreOneCount) {
  pool_ = MakePool(
      {{"AliasAttributes", {"email"}}, {"UsernameConfiguration", {{"CaseSensitive", false}}}});
  client_ = ClientThat("ENABLED");
  MakeUser("alice", AttributeList({{"email", "alice@example.org"}, {"email_verified", "true"}}));
  const std::string sub = *AttributeOf("alice", "sub");
  BeWrong("alice", 2);
  BeWrong("ALICE@example.org", 2);
  BeWrong(sub, 1);
  for (const std::string& name : {std::string("alice"), std::string("alice@example.org"), sub}) {
    EXPECT_TRUE(IsExceeded(Initiate(name))) << name;
  }
  EXPECT_FALSE(IsExceeded(Initiate("bob@example.org")));
}

TEST_F(LockOut, ALockOutOutlivesARestart) {
  MakeUser("alice");
  for (const std::string_view name : {"alice", "nobody"}) {
    BeWrong(name, 5);
    clock_.AdvanceMillis(1000);
    BeWrong(name, 1);
    ASSERT_TRUE(time_->Tick().ok());
    Restart();
    EXPECT_TRUE(IsExceeded(Initiate(name))) << name;
    clock_.AdvanceMillis(2000);
    EXPECT_FALSE(IsExceeded(Initiate(name))) << name;
  }
}

TEST_F(LockOut, OfSixtyGuessesAtOnceNoMoreThanFiveAreLookedAt) {
  MakeUser("alice");
  for (const std::string_view name : {"alice", "nobody"}) {
    std::vector<Reply> begun;
    for (int i = 0; i < 60; ++i) begun.push_back(BeginSrp(name));
    const uint64_t hashes = passwords_->computed();
    std::atomic<int> incorrect = 0, exceeded = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 60; ++i) {
      threads.emplace_back([&, i] {
        const Reply reply = i % 2 == 0 ? Initiate(name, "Wr0ngword!" + std::to_string(i))
                                       : Prove(begun[static_cast<size_t>(i)], kWrong);
        incorrect += reply.message == kIncorrect ? 1 : 0;
        exceeded += IsExceeded(reply) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(incorrect, 5) << name;
    EXPECT_EQ(exceeded, 55) << name;
    EXPECT_LE(passwords_->computed() - hashes, 5U);
  }
}

TEST_F(LockOut, ManyRightSignInsAtOnceAreAllLetIn) {
  MakeUser("alice");
  std::vector<Reply> begun;
  for (int i = 0; i < 40; ++i) begun.push_back(BeginSrp("alice"));
  BeWrong("alice", 2);
  std::atomic<int> signed_in = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 45; ++i) {
    threads.emplace_back([&, i] {
      // Three are hashed at the same time, and two wait.
      const Reply reply =
          i < 5 ? Initiate("alice") : Prove(begun[static_cast<size_t>(i - 5)], kPassword);
      if (reply.ok()) ++signed_in;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signed_in, 45);
}

TEST_F(LockOut, ARightFirstPasswordCostsNoFurtherCommitAndAWrongOneCostsOne) {
  MakeUser("alice");
  SignIn("alice");  // the first of a server writes up to when it has issued
  uint64_t commits = store_->Commits();
  SignIn("alice");
  EXPECT_EQ(store_->Commits(), commits + 1);
  for (const std::string_view name : {"alice", "nobody"}) {
    commits = store_->Commits();
    BeWrong(name, 1);
    EXPECT_EQ(store_->Commits(), commits + kBarrier + 1) << name;
  }
  commits = store_->Commits();
  SignIn("alice");
  EXPECT_EQ(store_->Commits(), commits + 1) << "the count is cleared in the sign-in's own";
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
}

TEST_F(LockOut, AnUnknownNameThatAClientMayTellOfIsNotCounted) {
  client_ = ClientThat("LEGACY");
  const uint64_t commits = store_->Commits();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Initiate("nobody", kWrong).code, "UserNotFoundException");
  EXPECT_EQ(store_->Commits(), commits + 10 * kBarrier);
}

TEST_F(LockOut, GuessesThatAMigrationFunctionLooksAtCount) {
  ASSERT_TRUE(Succeeded(Call(
      "UpdateUserPool",
      json::object{{"UserPoolId", pool_},
                   {"LambdaConfig", {{"UserMigration", hooks_.Define("fetch", [](json::object&) {
                                        throw std::runtime_error("Bad password");
                                      })}}}})));
  for (const std::string_view errors : {"ENABLED", "LEGACY"}) {
    client_ = ClientThat(errors);
    const size_t events = hooks_.events().size();
    const std::string name = "other-" + std::string(errors);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(IsExceeded(Initiate(name, kWrong)));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsExceeded(Initiate(name, kWrong)));
    EXPECT_EQ(hooks_.events().size(), events + 5);
  }
}

TEST_F(LockOut, WhatAMigrationFunctionHasNotHadIsNotCounted) {
  using Kind = domain::HookOutcome::Kind;
  UseHook("UserMigration", [](json::object&) {});
  const auto ends = [&](Kind kind, bool undelivered) {
    hooks_.DefineOutcome("UserMigration", {kind, "", "", undelivered});
  };
  for (const Kind kind : {Kind::kNotCalled, Kind::kTimedOut}) {
    ends(kind, true);
    for (int i = 0; i < 12; ++i) EXPECT_FALSE(IsExceeded(Initiate("other", kWrong)));
  }
  // The function may have seen the password: its answer is not valid, its connection broke, or it
  // took too long.
  for (const Kind kind : {Kind::kAnswered, Kind::kNotCalled, Kind::kTimedOut}) {
    ends(kind, false);
    const std::string name = "other-" + std::to_string(static_cast<int>(kind));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(IsExceeded(Initiate(name, kWrong)));
    EXPECT_TRUE(IsExceeded(Initiate(name, kWrong))) << name;
  }
}

// ---- Whose password it is.

TEST_F(LockOut, WhoIsMadeAgainDuringACallIsCountedForTheNewUser) {
  MakeUser("alice");
  UseHook("PreAuthentication", [this](json::object&) {
    Admin("AdminDeleteUser", "alice");
    MakeUser("alice");
  });
  EXPECT_EQ(Initiate("alice", kWrong).message, kIncorrect);
  hooks_.Define("PreAuthentication", [](json::object&) {});
  BeWrong("alice", 4);
  EXPECT_TRUE(IsExceeded(Initiate("alice"))) << "the first was one of the new user's";
}

TEST_F(LockOut, WhoIsMadeDuringACallIsCountedAsAUser) {
  UseHook("PreAuthentication", [this](json::object&) { MakeUser("alice"); });
  EXPECT_EQ(Initiate("alice", kWrong).message, kIncorrect);
  hooks_.Define("PreAuthentication", [](json::object&) {});
  BeWrong("alice", 4);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
}

TEST_F(LockOut, ANameWhoseUserIsGoneIsCountedAsAnUnknownOne) {
  MakeUser("alice");
  const std::string sub = *AttributeOf("alice", "sub");
  // No operation leaves a record like this.
  ASSERT_TRUE(domain::Commit(*services_, [&](store::Tx& tx) {
                return tx.Delete(domain::UserKey(pool_, sub));
              }).ok());
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
}

TEST_F(LockOut, AWrongPasswordDuringASignInStaysCounted) {
  MakeUser("alice");
  BeWrong("alice", 1);
  UseHook("PostAuthentication", [this](json::object&) { BeWrong("alice", 1); });
  ASSERT_TRUE(Succeeded(Initiate("alice")));
  BeWrong("alice", 3);
  EXPECT_TRUE(IsExceeded(Initiate("alice"))) << "the sign-in has cleared what it had not read";
}

// ---- A full disk.

TEST_F(LockOut, OnAFullDiskAWrongPasswordCountsThoughItCannotBeNoted) {
  domain::FullStore& disk = MayBeFull();
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  disk.full = true;
  for (const std::string_view name : {"alice", "nobody"}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(Initiate(name, kWrong).code, "ServiceUnavailableException") << name << i;
    }
    EXPECT_TRUE(IsExceeded(Initiate(name, kWrong))) << name;
    EXPECT_TRUE(IsExceeded(Initiate(name))) << "and tells of no right one: " << name;
  }
  disk.full = false;
  clock_.AdvanceMillis(1000);
  BeWrong("alice", 1);
  clock_.AdvanceMillis(1999);
  EXPECT_TRUE(IsExceeded(Initiate("alice"))) << "it was the sixth";
}

TEST_F(LockOut, OnAFullDiskChangePasswordCountsBeforeItAnswers) {
  domain::FullStore& disk = MayBeFull();
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  disk.full = true;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        FailedWith(Change(tokens, kWrong, "Other0ne!"), "NotAuthorizedException", kIncorrect));
    EXPECT_EQ(Change(tokens, kPassword, "weak").code, "InvalidPasswordException");
  }
  EXPECT_TRUE(Succeeded(Change(tokens, kPassword, "Other0ne!")));
  EXPECT_TRUE(FailedWith(Change(tokens, kWrong, "Other0ne!"), "LimitExceededException", kLimit));
}

TEST_F(LockOut, WhoIsLockedOutChoosesNoNewPasswordAndWhoHasChosenOneBeginsWithNone) {
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", "Temp0rary!"}})));
  const Reply asked = Initiate("alice", "Temp0rary!");
  const auto choose = [&] {
    return Call(
        "RespondToAuthChallenge",
        json::object{{"ClientId", client_},
                     {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                     {"Session", asked.Text("Session")},
                     {"ChallengeResponses", {{"USERNAME", "alice"}, {"NEW_PASSWORD", kPassword}}}});
  };
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(choose()));
  clock_.AdvanceMillis(1000);
  ASSERT_TRUE(Succeeded(choose()));
  BeWrong("alice", 5);
}

TEST_F(LockOut, ANewPasswordEndsIt) {
  MakeUser("alice");
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", "alice", {{"Password", "Other0ne!"}, {"Permanent", true}})));
  EXPECT_TRUE(Succeeded(Initiate("alice", "Other0ne!")));
  BeWrong("alice", 5);
}

TEST_F(LockOut, ADisabledUserIsNotToldFromAnother) {
  MakeUser("alice");
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "alice")));
  BeWrong("alice", 5);
  EXPECT_TRUE(IsExceeded(Initiate("alice", kWrong)));
}

// ---- ChangePassword.

TEST_F(LockOut, ChangePasswordHasFiveAttemptsAnHour) {
  MakeUser("alice");
  MakeUser("bob");
  const Tokens alice = SignIn("alice");
  const Tokens bob = SignIn("bob");
  std::string present(kPassword);
  for (int i = 0; i < 5; ++i) {
    const std::string next = "Passw0rd!" + std::to_string(i);
    ASSERT_TRUE(Succeeded(Change(alice, present, next)));
    present = next;
  }
  EXPECT_TRUE(FailedWith(Change(alice, present, "Passw0rd!9"), "LimitExceededException", kLimit));
  EXPECT_TRUE(FailedWith(Change(alice, kWrong, "Passw0rd!9"), "LimitExceededException", kLimit));
  EXPECT_TRUE(Succeeded(Change(bob, kPassword, "Passw0rd!9"))) << "of a user, not of all";
  EXPECT_TRUE(Succeeded(Initiate("alice", present))) << "it is not a lock-out";
  clock_.AdvanceMillis(3'599'999);
  EXPECT_EQ(Change(SignIn("alice", present), present, "Passw0rd!9").code, "LimitExceededException");
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(Succeeded(Change(SignIn("alice", present), present, "Passw0rd!9")));
}

TEST_F(LockOut, WrongPasswordsOfChangePasswordCountForTheLockOut) {
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  BeWrong("alice", 2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        FailedWith(Change(tokens, kWrong, "Other0ne!"), "NotAuthorizedException", kIncorrect));
  }
  EXPECT_TRUE(IsExceeded(Change(tokens, kPassword, "Other0ne!"))) << "nor is this looked at";
  EXPECT_TRUE(IsExceeded(Initiate("alice")));
  clock_.AdvanceMillis(1000);
  EXPECT_TRUE(
      FailedWith(Change(tokens, kWrong, "Other0ne!"), "NotAuthorizedException", kIncorrect));
  clock_.AdvanceMillis(2000);
  EXPECT_EQ(Change(tokens, kPassword, "weak").code, "InvalidPasswordException");
  EXPECT_TRUE(FailedWith(Change(tokens, kPassword, "Other0ne!"), "LimitExceededException", kLimit))
      << "five attempts, whatever was wrong with them";
}

TEST_F(LockOut, AChangeThatFindsAnotherPasswordIsAnAttempt) {
  pool_ = MakePool({{"UserPoolTags", {{"sallyport:revoke-on-password-change", "false"}}}});
  client_ = ClientThat("ENABLED");
  domain::FullStore& disk = MayBeFull();
  MakeUser("alice");
  const Tokens tokens = SignIn("alice");
  for (int i = 0; i < 5; ++i) {
    disk.before_revoking = [&] {
      ASSERT_TRUE(Succeeded(
          Admin("AdminSetUserPassword", "alice", {{"Password", kPassword}, {"Permanent", true}})));
    };
    EXPECT_TRUE(
        FailedWith(Change(tokens, kPassword, "Other0ne!"), "NotAuthorizedException", kIncorrect));
  }
  EXPECT_TRUE(FailedWith(Change(tokens, kPassword, "Other0ne!"), "LimitExceededException", kLimit));
}

}  // namespace
}  // namespace sallyport::operations
