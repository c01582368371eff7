// What callers without credentials are told at a ceiling, and that nobody else is affected.
#include "domain/limits/ceilings.h"

#include "code_fixture.h"
#include "domain/credentials/srp.h"
#include "domain/credentials/used_sessions.h"
#include "domain/records/commit.h"
#include "srp_proof.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

using domain::Leftover;

constexpr std::string_view kTooManySignUps =
    "Too many sign-ups wait to be confirmed. Please try again later.";
constexpr std::string_view kTooManyCodes =
    "Too many codes are waiting to be used. Please try again later.";
constexpr std::string_view kTooManyMessages =
    "Too many messages are waiting to be delivered. Please try again later.";
constexpr std::string_view kTooManyHeld =
    "Too many messages are waiting to be read. Please try again later.";
constexpr std::string_view kTooManySignIns =
    "Too many sign-ins are under way. Please try again later.";

class CeilingsOfCalls : public CodeTest {
 protected:
  // There is no more room for that kind.
  void Close(Leftover leftover) { settings_.ceilings[leftover] = 0; }
  void Open() { settings_.ceilings = domain::Ceilings(); }
  int64_t Records(Leftover leftover) { return domain::UseOf(*store_, leftover)->records; }
  Reply SignUpWithMail(std::string_view name) {
    return SignUp(name, AttributeList({{"email", std::string(name) + "@example.org"}}));
  }
  void DeleteMessages() {
    const base::Status deleted = domain::Commit(*services_, [&](store::Tx& tx) -> base::Status {
      for (const domain::Message& message : Messages()) {
        SALLYPORT_TRY(tx.Delete(domain::MessageKey(message.id)));
      }
      return {};
    });
    ASSERT_TRUE(deleted.ok());
  }
  // As the courier does where there is no service.
  void HoldAll() {
    const base::Status held = domain::Commit(*services_, [&](store::Tx& tx) -> base::Status {
      for (domain::Message& message : Messages()) {
        message.held = true;
        SALLYPORT_TRY(domain::PutAgain(tx, vault_, std::move(message)));
      }
      return {};
    });
    ASSERT_TRUE(held.ok());
  }
  void MakeReachable(std::string_view username) {
    MakeUser(username, AttributeList({{"email", "alice@example.org"}, {"email_verified", "true"}}));
  }
};

TEST_F(CeilingsOfCalls, ASignUpIsRefusedInWordsBeforeItsHash) {
  ASSERT_TRUE(Succeeded(SignUpWithMail("alice")));
  const std::string code = LastCode();
  EXPECT_EQ(Records(Leftover::kSignUps), 1);
  Close(Leftover::kSignUps);
  const uint64_t hashes = passwords_->computed();
  EXPECT_TRUE(FailedWith(SignUpWithMail("bob"), "TooManyRequestsException", kTooManySignUps));
  EXPECT_EQ(passwords_->computed(), hashes);
  EXPECT_EQ(Messages().size(), 1U);
  // Administrators can continue, and users who were there before can be confirmed.
  EXPECT_TRUE(Succeeded(Admin("AdminCreateUser", "carol", {{"MessageAction", "SUPPRESS"}})));
  EXPECT_TRUE(Succeeded(Confirm("alice", code)));
  EXPECT_EQ(Records(Leftover::kSignUps), 0);
}

TEST_F(CeilingsOfCalls, ASignUpWhoseCodeHasExpiredGivesWayToANewOneAndOneThatAskedAgainDoesNot) {
  ASSERT_TRUE(Succeeded(SignUpWithMail("alice")));
  ASSERT_TRUE(Succeeded(SignUpWithMail("bob")));
  // There is room for these two; one more would be too many.
  settings_.ceilings[Leftover::kSignUps] = domain::UseOf(*store_, Leftover::kSignUps)->bytes;
  clock_.AdvanceMillis(23 * 3'600'000);
  ASSERT_TRUE(Succeeded(Public("ResendConfirmationCode", "alice")));
  const std::string code = LastCode();
  EXPECT_TRUE(FailedWith(SignUpWithMail("carol"), "TooManyRequestsException", kTooManySignUps));
  clock_.AdvanceMillis(2 * 3'600'000);
  ASSERT_TRUE(Succeeded(SignUpWithMail("carol")));
  EXPECT_EQ(StatusOf("bob"), "") << "its code had expired";
  EXPECT_TRUE(Succeeded(Confirm("alice", code)));
  EXPECT_EQ(StatusOf("alice"), "CONFIRMED");
  EXPECT_EQ(StatusOf("carol"), "UNCONFIRMED");
}

TEST_F(CeilingsOfCalls, WhereCodesAreTooManyKnownAndUnknownNamesAreAnsweredAlike) {
  MakeReachable("alice");
  MakeReachable("bob");
  MakeReachable("reset");
  HideUsers();
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  const std::string code = LastCode();
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "nobody")));
  ASSERT_TRUE(Succeeded(Admin("AdminResetUserPassword", "reset")));
  EXPECT_EQ(Records(Leftover::kCodes), 1);
  Close(Leftover::kCodes);
  for (const std::string_view name : {"bob", "stranger", "reset"}) {
    EXPECT_TRUE(
        FailedWith(Public("ForgotPassword", name), "TooManyRequestsException", kTooManyCodes))
        << name;
  }
  for (const std::string_view name : {"alice", "nobody"}) {
    EXPECT_TRUE(Succeeded(Public("ForgotPassword", name))) << name << " has a code already";
  }
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(Succeeded(Admin("AdminResetUserPassword", "bob")));
  EXPECT_TRUE(Succeeded(Public("ConfirmForgotPassword", "bob",
                               {{"ConfirmationCode", LastCode()}, {"Password", "Other0ne!"}})));
  EXPECT_TRUE(FailedWith(Public("ConfirmForgotPassword", "alice",
                                {{"ConfirmationCode", code}, {"Password", "Other0ne!"}}),
                         "CodeMismatchException", kMismatch))
      << "the later code holds";
}

TEST_F(CeilingsOfCalls, WhereMessagesAreTooManyOnlyThoseWithCredentialsQueueMore) {
  MakeReachable("alice");
  HideUsers();
  ASSERT_TRUE(Succeeded(SignUpWithMail("bob")));
  Close(Leftover::kWaitingMessages);
  const size_t messages = Messages().size();
  EXPECT_TRUE(FailedWith(SignUpWithMail("carol"), "TooManyRequestsException", kTooManyMessages));
  EXPECT_EQ(StatusOf("carol"), "") << "nothing of it is written";
  for (const std::string_view name : {"alice", "nobody"}) {
    EXPECT_TRUE(
        FailedWith(Public("ForgotPassword", name), "TooManyRequestsException", kTooManyMessages))
        << name;
  }
  for (const std::string_view name : {"bob", "nobody"}) {
    EXPECT_TRUE(FailedWith(Public("ResendConfirmationCode", name), "TooManyRequestsException",
                           kTooManyMessages))
        << name;
  }
  EXPECT_EQ(Messages().size(), messages);
  EXPECT_TRUE(Succeeded(Admin("AdminResetUserPassword", "alice")));
  EXPECT_EQ(Messages().size(), messages + 1);
  EXPECT_EQ(Records(Leftover::kWaitingMessages), 1);
}

// Half of the room is taken by a sign-up's message.
TEST_F(CeilingsOfCalls, NoNumberOfSignUpsKeepsUsersFromRecoveringTheirAccounts) {
  for (const Leftover leftover : {Leftover::kWaitingMessages, Leftover::kHeldMessages}) {
    UsePool({{"AutoVerifiedAttributes", {"email"}}});
    HideUsers();
    MakeReachable("alice");
    ASSERT_TRUE(Succeeded(SignUpWithMail("bob")));
    if (leftover == Leftover::kHeldMessages) HoldAll();
    settings_.ceilings[leftover] = 2 * domain::UseOf(*store_, leftover)->bytes;
    const std::string_view refusal =
        leftover == Leftover::kWaitingMessages ? kTooManyMessages : kTooManyHeld;
    EXPECT_TRUE(FailedWith(SignUpWithMail("eve"), "TooManyRequestsException", refusal));
    for (const std::string_view name : {"bob", "nobody"}) {
      EXPECT_TRUE(
          FailedWith(Public("ResendConfirmationCode", name), "TooManyRequestsException", refusal))
          << name;
    }
    clock_.AdvanceMillis(1);
    for (const std::string_view name : {"nobody", "alice"}) {
      EXPECT_TRUE(Succeeded(Public("ForgotPassword", name))) << name;
    }
    EXPECT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice",
                                 {{"ConfirmationCode", LastCode()}, {"Password", "Other0ne!"}})));
    Open();
    DeleteMessages();
  }
}

TEST_F(CeilingsOfCalls, WhereTheOutboxIsFullOfCodesThatServeNoCodeIsMadeThatNobodyCouldRead) {
  MakeReachable("alice");
  MakeReachable("dave");
  HideUsers();
  ASSERT_TRUE(Succeeded(SignUpWithMail("bob")));
  clock_.AdvanceMillis(1);
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "alice")));
  const std::string code = LastCode();
  ASSERT_TRUE(Succeeded(Public("ForgotPassword", "nobody")));
  Close(Leftover::kHeldMessages);
  const size_t messages = Messages().size();
  EXPECT_TRUE(FailedWith(SignUpWithMail("carol"), "TooManyRequestsException", kTooManyHeld));
  EXPECT_EQ(StatusOf("carol"), "") << "nothing of it is written";
  for (const std::string_view name : {"alice", "nobody", "stranger"}) {
    EXPECT_TRUE(
        FailedWith(Public("ForgotPassword", name), "TooManyRequestsException", kTooManyHeld))
        << name;
  }
  for (const std::string_view name : {"bob", "nobody"}) {
    EXPECT_TRUE(FailedWith(Public("ResendConfirmationCode", name), "TooManyRequestsException",
                           kTooManyHeld))
        << name;
  }
  EXPECT_EQ(Messages().size(), messages);
  EXPECT_TRUE(Succeeded(Admin("AdminResetUserPassword", "dave"))) << "an administrator's goes on";
  EXPECT_TRUE(Succeeded(Public("ConfirmForgotPassword", "alice",
                               {{"ConfirmationCode", code}, {"Password", "Other0ne!"}})));
}

TEST_F(CeilingsOfCalls, ACustomSignInIsRefusedAndOneUnderWayGoesOn) {
  const auto define = [](json::object& event) {
    const json::array& session = event.at("request").at("session").as_array();
    json::object& response = event.at("response").as_object();
    response["issueTokens"] = !session.empty();
    response["failAuthentication"] = false;
    response["challengeName"] = "CUSTOM_CHALLENGE";
  };
  const auto create = [](json::object& event) {
    event.at("response").as_object()["publicChallengeParameters"] = json::object();
  };
  const auto verify = [](json::object& event) {
    event.at("response").as_object()["answerCorrect"] = true;
  };
  Change({{"LambdaConfig",
           {{"DefineAuthChallenge", hooks_.Define("define", define)},
            {"CreateAuthChallenge", hooks_.Define("create", create)},
            {"VerifyAuthChallengeResponse", hooks_.Define("verify", verify)}}}});
  MakeUser("alice");
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_CUSTOM_AUTH"}}});
  const auto begin = [&] {
    return Call("InitiateAuth", json::object{{"ClientId", client_},
                                             {"AuthFlow", "CUSTOM_AUTH"},
                                             {"AuthParameters", {{"USERNAME", "alice"}}}});
  };
  const Reply begun = begin();
  ASSERT_TRUE(Succeeded(begun));
  EXPECT_EQ(Records(Leftover::kChallenges), 1);
  Close(Leftover::kChallenges);
  EXPECT_TRUE(FailedWith(begin(), "TooManyRequestsException", kTooManySignIns));
  EXPECT_TRUE(Succeeded(
      Call("RespondToAuthChallenge",
           json::object{{"ClientId", client_},
                        {"ChallengeName", "CUSTOM_CHALLENGE"},
                        {"Session", begun.Text("Session")},
                        {"ChallengeResponses", {{"USERNAME", "alice"}, {"ANSWER", "x"}}}})));
}

TEST_F(CeilingsOfCalls, WhereNoMoreAnswersCanBeNotedARightOneIsRefusedAsAWrongOne) {
  MakeUser("alice");
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_SRP_AUTH"}}});
  domain::SrpClient srp;
  const auto answer = [&](std::string_view password) {
    const Reply begun = Call(
        "InitiateAuth",
        json::object{{"ClientId", client_},
                     {"AuthFlow", "USER_SRP_AUTH"},
                     {"AuthParameters", {{"USERNAME", "alice"}, {"SRP_A", srp.PublicValue()}}}});
    return Call("RespondToAuthChallenge",
                json::object{{"ClientId", client_},
                             {"ChallengeName", "PASSWORD_VERIFIER"},
                             {"ChallengeResponses",
                              SrpProof(srp, pool_, begun, password, clock_.WallSeconds())}});
  };
  Close(Leftover::kUsedSessions);
  EXPECT_TRUE(FailedWith(answer("Wr0ngword!"), "TooManyRequestsException", kTooManySignIns));
  EXPECT_TRUE(FailedWith(answer(kPassword), "TooManyRequestsException", kTooManySignIns));
  Open();
  EXPECT_TRUE(Succeeded(answer(kPassword)));
  EXPECT_EQ(Records(Leftover::kUsedSessions), 1);
  EXPECT_TRUE(Succeeded(answer(kPassword)));
  EXPECT_EQ(Records(Leftover::kUsedSessions), 1) << "4096 of one run share a record";
}

}  // namespace
}  // namespace sallyport::operations
