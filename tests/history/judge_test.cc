#include "judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::history {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kMs = kMillisecond;

// One token, revoked by a call that was sent at 100 ms and answered at 110 ms.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    bounds_.ttl = 400 * kMs;  // margin 150 ms
    bounds_.stream_recheck = 100 * kMs;
    bounds_.slack = 50 * kMs;
    bounds_.answer_slack = 0;
    bounds_.finish = 30 * kMs;
    history_.tokens.push_back({.family = 1, .user = 2, .client = 3, .pool = 4, .issued = 50 * kMs});
    history_.revokes.push_back({.cause = "RevokeToken",
                                .scope = Scope::kFamily,
                                .target = 1,
                                .sent = 100 * kMs,
                                .answered = 110 * kMs,
                                .status = 200});
  }

  Request& Ask(Nanos sent, Nanos done, int status) {
    history_.requests.push_back({.token = 0,
                                 .first_sent = sent,
                                 .last_sent = sent,
                                 .done = done,
                                 .status = status,
                                 .reached = status == 200 ? done : 0});
    return history_.requests.back();
  }

  Fault& Break(Nanos from, Nanos to) {
    history_.faults.push_back(
        {.what = "fault", .from = from, .begun = from, .remedy = to, .to = to});
    // Adds that the gate served again, which these tests are not about.
    history_.tokens.push_back({.family = 99});
    history_.requests.push_back({.token = static_cast<Id>(history_.tokens.size()) - 1,
                                 .first_sent = to + kSecond,
                                 .last_sent = to + kSecond,
                                 .done = to + kSecond,
                                 .status = 200,
                                 .reached = to + kSecond});
    return history_.faults.back();
  }

  std::vector<std::string> Rules(const Demands& demands = {}) {
    std::vector<std::string> rules;
    for (const Violation& violation : Judge(history_, bounds_, demands).violations) {
      rules.push_back(violation.rule);
    }
    return rules;
  }

  History history_;
  Bounds bounds_;
};

TEST_F(JudgeTest, ServedBeforeAndRefusedAfterTheAnswerIsNoViolation) {
  Ask(60 * kMs, 61 * kMs, 200);
  Ask(110 * kMs + 1, 111 * kMs, 401);
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(JudgeTest, ObjectsToARequestSentOneNanosecondAfterTheAnswerAndAllowed) {
  Ask(110 * kMs + 1, 111 * kMs, 200);
  EXPECT_THAT(Rules(), ElementsAre("allowed-after-answer"));
}

TEST_F(JudgeTest, AGateThatSaysHowOldItsAnswersMayBeIsHeldToThat) {
  bounds_.staleness[0] = 20 * kMs;
  Ask(130 * kMs, 131 * kMs, 200);
  EXPECT_THAT(Rules(), IsEmpty());
  Ask(130 * kMs + 1, 131 * kMs, 200);
  EXPECT_THAT(Rules(), ElementsAre("allowed-after-answer"));
}

TEST_F(JudgeTest, ObjectsWhereTheUpstreamGotTheRequestWhateverTheClientSaw) {
  Ask(111 * kMs, 112 * kMs, 0).reached = 112 * kMs;
  Ask(111 * kMs, 112 * kMs, 502);
  EXPECT_THAT(Rules(), ElementsAre("allowed-after-answer", "allowed-after-answer"));
}

TEST_F(JudgeTest, ARequestUnderWayAtTheAnswerMayGoEitherWay) {
  Ask(109 * kMs, 112 * kMs, 200);
  Ask(109 * kMs, 112 * kMs, 401);
  EXPECT_THAT(Rules(), IsEmpty());
  EXPECT_EQ(Judge(history_, bounds_, {}).counts.in_flight, 2);
}

TEST_F(JudgeTest, ADecisionThatHadBegunMustFinishUnlessItsGateWasStopped) {
  Ask(109 * kMs, 200 * kMs, 200);
  EXPECT_THAT(Rules(), ElementsAre("allowed-late"));
  Break(108 * kMs, 199 * kMs).stops_gate = true;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(JudgeTest, ABodyThatEndsAfterTheAnswerIsReceivedAfterIt) {
  Ask(90 * kMs, 130 * kMs, 200).last_sent = 120 * kMs;
  EXPECT_THAT(Rules({.bodies_stopped = 1}), ElementsAre("allowed-after-answer", "vacuous"));
  history_.requests[0].status = 401;
  history_.requests[0].reached = 0;
  EXPECT_THAT(Rules({.denied_revoked = 1, .bodies_stopped = 1}), IsEmpty());
}

TEST_F(JudgeTest, EachScopeCoversItsTokensAndSparesTheCallersFamily) {
  Ask(120 * kMs, 121 * kMs, 200);
  Revoke& revoke = history_.revokes[0];
  const std::pair<Scope, Id> scopes[] = {{Scope::kUser, 2}, {Scope::kClient, 3}, {Scope::kPool, 4}};
  for (const auto& [scope, target] : scopes) {
    revoke.scope = scope;
    revoke.target = target;
    EXPECT_THAT(Rules(), ElementsAre("allowed-after-answer"));
    revoke.target = 77;
    EXPECT_THAT(Rules(), IsEmpty());
  }
  revoke.scope = Scope::kUser;
  revoke.target = 2;
  revoke.spared_family = 1;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(JudgeTest, ATokenIssuedAfterTheRevokeWasSentIsNotJudgedByIt) {
  history_.tokens[0].issued = 101 * kMs;
  Ask(120 * kMs, 121 * kMs, 200);
  EXPECT_THAT(Rules(), IsEmpty());
  Ask(120 * kMs, 121 * kMs, 401);
  EXPECT_THAT(Rules(), IsEmpty()) << "it may have been covered";
  history_.tokens[0].asked = 115 * kMs;
  history_.tokens[0].issued = 116 * kMs;
  EXPECT_THAT(Rules(), ElementsAre("refused-though-live"));
}

TEST_F(JudgeTest, ObjectsToALiveTokenRefusedInHealthButNotDuringAFaultOrItsRecovery) {
  Ask(60 * kMs, 61 * kMs, 401);
  EXPECT_THAT(Rules(), ElementsAre("refused-though-live"));
  Break(0, 60 * kMs);
  EXPECT_THAT(Rules(), IsEmpty());
  history_.faults[0].gate = 1;
  EXPECT_THAT(Rules(), ElementsAre("refused-though-live", "not-served-again"));
}

TEST_F(JudgeTest, ObjectsToATokenThatNoServerHasSigned) {
  history_.tokens.push_back({.family = 5, .forged = true});
  Ask(60 * kMs, 61 * kMs, 401).token = 1;
  EXPECT_THAT(Rules({.denied_forged = 1}), IsEmpty());
  Ask(60 * kMs, 61 * kMs, 200).token = 1;
  EXPECT_THAT(Rules(), ElementsAre("forged-allowed"));
}

TEST_F(JudgeTest, ObjectsToAGateThatServesWithoutALease) {
  history_.revokes.clear();
  Break(1000 * kMs, 2000 * kMs).ends_renewal = true;
  Ask(1399 * kMs, 1400 * kMs, 200);
  EXPECT_THAT(Rules(), IsEmpty());
  Ask(1401 * kMs, 1402 * kMs, 401);
  EXPECT_THAT(Rules(), IsEmpty());
  EXPECT_EQ(Judge(history_, bounds_, {}).counts.denied_blind, 1);
  Ask(1401 * kMs, 1402 * kMs, 200);
  EXPECT_THAT(Rules(), ElementsAre("allowed-without-lease"));
}

TEST_F(JudgeTest, ObjectsToAStreamThatOutlivesItsRecheck) {
  history_.streams.push_back({.token = 0,
                              .opened = 60 * kMs,
                              .last_byte = 250 * kMs,
                              .ended = 251 * kMs,
                              .closed_by_gate = true});
  EXPECT_THAT(Rules(), IsEmpty());
  history_.streams[0].last_byte = 261 * kMs;
  EXPECT_THAT(Rules(), ElementsAre("stream-after-answer"));
}

TEST_F(JudgeTest, ObjectsToALiveStreamThatIsCut) {
  history_.streams.push_back({.token = 0,
                              .opened = 60 * kMs,
                              .last_byte = 80 * kMs,
                              .ended = 81 * kMs,
                              .closed_by_gate = true});
  EXPECT_THAT(Rules(), ElementsAre("stream-cut-though-live"));
}

TEST_F(JudgeTest, ObjectsToARevokeThatIsLateOrFailsUnlessTheServerWasAtFault) {
  history_.revokes[0].answered = 100 * kMs + bounds_.recovery() + 1;
  EXPECT_THAT(Rules(), ElementsAre("revoke-late"));
  history_.revokes[0].status = 0;
  EXPECT_THAT(Rules(), ElementsAre("revoke-failed"));
  Break(90 * kMs, 120 * kMs).server = true;
  EXPECT_THAT(Rules(), IsEmpty());
  history_.revokes[0].status = 200;
  EXPECT_THAT(Rules(), IsEmpty());
  history_.revokes[0].answered = 120 * kMs + bounds_.recovery() + 1;
  EXPECT_THAT(Rules(), ElementsAre("revoke-late"));
}

TEST_F(JudgeTest, ObjectsToAFaultAfterWhichNothingIsServed) {
  Break(1000 * kMs, 2000 * kMs);
  history_.requests.clear();
  EXPECT_THAT(Rules(), ElementsAre("not-served-again"));
}

TEST_F(JudgeTest, ObjectsToAFailedCheckAndToAHistoryThatProvesNothing) {
  history_.checks.push_back({.what = "acknowledged user exists", .detail = "u1", .held = false});
  EXPECT_THAT(Rules(), ElementsAre("check-failed"));
  history_.checks[0].held = true;
  EXPECT_THAT(Rules({.revokes = 1, .denied_revoked = 1}), ElementsAre("vacuous"));
}

TEST_F(JudgeTest, AFaultThatSparesTheGatesExcusesNoDenial) {
  Ask(60 * kMs, 61 * kMs, 401);
  Break(55 * kMs, 65 * kMs).spares_gates = true;
  EXPECT_THAT(Rules(), ElementsAre("refused-though-live"));
  history_.faults.back().spares_gates = false;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(JudgeTest, CountsWhatWasAllowedDuringAFaultThatSparesTheGates) {
  Ask(60 * kMs, 61 * kMs, 200);
  Break(55 * kMs, 65 * kMs).spares_gates = true;
  EXPECT_EQ(Judge(history_, bounds_, {}).counts.allowed_spared, 1);
}

TEST_F(JudgeTest, AFaultAtOneServerExcusesNoFailureAtAnother) {
  history_.revokes.push_back({.cause = "RevokeToken",
                              .scope = Scope::kFamily,
                              .target = 7,
                              .sent = 200 * kMs,
                              .answered = 210 * kMs,
                              .status = 503,
                              .server = 1});
  history_.calls.push_back(
      {.what = "a sign-in", .server = 1, .sent = 200 * kMs, .answered = 210 * kMs, .status = 503});
  Fault& fault = Break(190 * kMs, 220 * kMs);
  fault.server = true;
  fault.at_server = 0;
  EXPECT_THAT(Rules(), ElementsAre("revoke-failed", "call-failed"));
  history_.faults.back().at_server = 1;
  EXPECT_THAT(Rules(), IsEmpty());
}

TEST_F(JudgeTest, ARevocationMayWaitForALostServerAndNoLonger) {
  bounds_.lost_server = 3 * kSecond;
  Revoke& revoke = history_.revokes.front();
  revoke.answered = revoke.sent + bounds_.lost_server + bounds_.slack;
  EXPECT_THAT(Rules(), IsEmpty());
  ++revoke.answered;
  EXPECT_THAT(Rules(), ElementsAre("revoke-late"));
}

}  // namespace
}  // namespace sallyport::history
