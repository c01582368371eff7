// What a sign-in records of what was proved, and what challenges keep of it.
#include "sign_in_engine_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using domain::ProvedFactor;
using sign_in::Reason;

TEST_F(SignInEngine, AFamilyRecordsThePasswordAndWhenItWasProved) {
  MakeUser("alice");
  SignIn("alice");
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, Now()}}));
  EXPECT_EQ(domain::AcrOf(family), "aal1");
  EXPECT_EQ(family.auth_time, Now());
}

TEST_F(SignInEngine, AChallengeCarriesWhatWasProvedBeforeIt) {
  MakeTemporary("alice");
  const std::string session = AskedForNewPassword("alice");
  const int64_t proved = Now();
  clock_.AdvanceMillis(60'000);
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "alice", kPassword, {}}).ok());
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, proved}}));
  EXPECT_EQ(family.auth_time, proved + 60);
}

TEST_F(SignInEngine, APasswordAndWhatAFunctionAsksAreNotTwoKindsOfFactor) {
  UseCustom();
  MakeUser("alice");
  client_value_ = srp_.PublicValue();
  const auto by_srp = Challenged<sign_in::AskPasswordBySrp>(
      Run(sign_in::BeginCustom{.name = "alice", .client_value = client_value_}));
  const int64_t password_proved = Now();
  const std::string session = Challenged<sign_in::AskCustom>(Run(Proof(by_srp, kPassword))).session;
  clock_.AdvanceMillis(5'000);
  ASSERT_TRUE(IsComplete(Run(sign_in::AnswerCustom{session, "alice", "yes"})));
  const domain::TokenFamily family = FamilyOf("alice");
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, password_proved},
                                                       {domain::kCustomFactor, Now()}}));
  EXPECT_EQ(domain::AcrOf(family), "aal1") << "a function may ask what anybody knows";
}

TEST_F(SignInEngine, ASignInWithoutAnyProofRecordsThatThereWasNone) {
  MakeUser("alice");
  UseFunctions({{"DefineAuthChallenge", hooks_.Define("define", [](json::object& event) {
                   event.at("response").as_object()["issueTokens"] = true;
                 })}});
  ASSERT_TRUE(IsComplete(Run(sign_in::BeginCustom{.name = "alice", .client_value = {}})));
  const domain::TokenFamily family = FamilyOf("alice");
  ASSERT_TRUE(family.factors.has_value());
  EXPECT_TRUE(family.factors->empty());
  EXPECT_EQ(domain::AcrOf(family), "");
}

TEST_F(SignInEngine, ChallengesOfAnOlderVersionAreFinishedWithTheTimeOfTheirPassword) {
  MakeTemporary("bob");
  const std::string session = AskedForNewPassword("bob");
  const int64_t proved = Now();
  MakeChallengesOlder(domain::kChallengesByExpiry);
  clock_.AdvanceMillis(60'000);
  ASSERT_TRUE(Run(sign_in::GiveNewPassword{session, "bob", kPassword, {}}).ok());
  EXPECT_EQ(FamilyOf("bob").factors,
            (std::vector<ProvedFactor>{{domain::kPasswordFactor, proved}}));
  UseCustom();
  MakeUser("alice");
  const std::string flow = AskedByFunction("alice");
  MakeChallengesOlder(domain::LeftoverIndex(domain::Leftover::kChallenges));
  ASSERT_TRUE(Run(sign_in::AnswerCustom{flow, "alice", "yes"}).ok());
  EXPECT_EQ(FamilyOf("alice").factors, (std::vector<ProvedFactor>{{domain::kCustomFactor, Now()}}));
}

TEST_F(SignInEngine, AFlowThatHasLostWhatItWentThroughFails) {
  UseCustom();
  MakeUser("alice");
  for (const char* member : {"Entries", "Private"}) {
    const std::string flow = AskedByFunction("alice");
    MakeChallengesOlder(domain::LeftoverIndex(domain::Leftover::kChallenges), member);
    EXPECT_EQ(WhyNot(sign_in::AnswerCustom{flow, "alice", "yes"}), Reason::kFailed) << member;
  }
}

TEST_F(SignInEngine, AProgressIsKeptAsItWas) {
  const std::string state = R"({"Entries":[],"SrpA":"","Private":{},"Metadata":null,)";
  const std::string begin =
      state + R"("Name":"alice","Sub":"s","UserId":"u","ProvedPassword":true)";
  const std::string text =
      begin + R"(,"Factors":[["custom",4],["pwd",5]],"TokenSource":"TokenGeneration_Other"})";
  const sign_in::Progress progress = sign_in::ParseProgress(text, 9).value();
  EXPECT_EQ(progress.name, "alice");
  EXPECT_EQ(progress.sub, "s");
  EXPECT_EQ(progress.user_id, "u");
  EXPECT_EQ(progress.factors, (std::vector<ProvedFactor>{{"custom", 4}, {"pwd", 5}}));
  EXPECT_EQ(progress.token_source, "TokenGeneration_Other");
  EXPECT_EQ(sign_in::ProgressText(progress), text);
  // The session of an earlier version, which was made after the password had been proved.
  const sign_in::Progress earlier = sign_in::ParseProgress(begin + "}", 9).value();
  EXPECT_EQ(earlier.factors, (std::vector<ProvedFactor>{{domain::kPasswordFactor, 9}}));
  EXPECT_EQ(earlier.token_source, sign_in::kPlainTokenSource);
  EXPECT_EQ(sign_in::ProgressText(earlier),
            begin + R"(,"Factors":[["pwd",9]],"TokenSource":"TokenGeneration_Authentication"})");
}

TEST_F(SignInEngine, AFamilyOfAnOlderVersionIsOneOfWhichNothingIsKnown) {
  MakeUser("alice");
  SignIn("alice");
  domain::TokenFamily family = FamilyOf("alice");
  family.factors.reset();
  ASSERT_TRUE(
      store_->Update([&](store::Tx& tx) { return domain::PutFamily(tx, family); })->outcome);
  EXPECT_EQ(store_->Get(domain::FamilyKey(family.id)).value()->find("Amr"), std::string::npos);
  EXPECT_FALSE(FamilyOf("alice").factors.has_value());
  EXPECT_EQ(domain::AcrOf(FamilyOf("alice")), "");
}

}  // namespace
}  // namespace sallyport::operations
