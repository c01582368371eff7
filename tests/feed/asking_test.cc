// Whoever holds no lease and asks for each decision: docs/revocation-feed.md, "Asking".
#include "hub_fixture.h"

namespace sallyport::feed {
namespace {

using revocation::Ask;
using revocation::AskedPosition;
using revocation::NoPosition;

class AskingTest : public HubTest {
 protected:
  // Says hello, and with it whatever `more` is, without waiting for an answer.
  std::shared_ptr<Pipe> GreetAsking(const Replica& replica = {}, size_t depth = 1000) {
    auto pipe = Dial(depth);
    pipe->Speak(revocation::kAskingVersion);
    pipe->Send(Hello{.version = revocation::kAskingVersion,
                     .instance = {},
                     .log = replica.log,
                     .position = replica.position,
                     .mark = replica.mark,
                     .holds_lease = false,
                     .name = "lambda"});
    return pipe;
  }
  // The answer to `nonce`, and in `replica` what was sent before it.
  std::optional<revocation::Frame> AnswerTo(Pipe& pipe, uint64_t nonce, Replica& replica) {
    while (auto frame = pipe.Receive()) {
      if (const auto* entries = std::get_if<Entries>(&*frame)) {
        replica.position = entries->position;
        replica.mark = entries->mark;
        for (const auto& one : entries->revocations) replica.subjects.push_back(one.subject);
      }
      const auto* position = std::get_if<AskedPosition>(&*frame);
      const auto* none = std::get_if<NoPosition>(&*frame);
      if ((position && position->nonce == nonce) || (none && none->nonce == nonce)) return frame;
    }
    return std::nullopt;
  }
  std::optional<AskedPosition> PositionFor(Pipe& pipe, uint64_t nonce, Replica& replica) {
    auto frame = AnswerTo(pipe, nonce, replica);
    if (!frame || !std::holds_alternative<AskedPosition>(*frame)) return std::nullopt;
    return std::get<AskedPosition>(*frame);
  }
};

TEST_F(AskingTest, ThePositionIncludesEverythingThatWasAnsweredBeforeTheQuestion) {
  auto pipe = GreetAsking();
  Replica replica = TakeSnapshot(*pipe);
  for (uint64_t nonce = 1; nonce <= 200; ++nonce) {
    const std::string subject = "f" + std::to_string(nonce);
    const uint64_t head = Append(subject);
    ASSERT_TRUE(Await(head).get());
    pipe->Send(Ask{nonce});
    const auto position = PositionFor(*pipe, nonce, replica);
    ASSERT_TRUE(position);
    EXPECT_GE(position->sequence, head);
    EXPECT_LE(position->sequence, replica.position.sequence) << "it was not sent before the answer";
    ASSERT_FALSE(replica.subjects.empty());
    EXPECT_EQ(replica.subjects.back(), subject);
  }
}

TEST_F(AskingTest, AQuestionThatComesWithTheHelloIsAnsweredAfterTheSnapshot) {
  AppendMany(5000);
  auto pipe = GreetAsking();
  pipe->Send(Ask{7});
  Replica replica = TakeSnapshot(*pipe);
  EXPECT_EQ(replica.subjects.size(), 5000U);
  const auto position = PositionFor(*pipe, 7, replica);
  ASSERT_TRUE(position);
  EXPECT_EQ(position->sequence, 5000U);
}

TEST_F(AskingTest, WhoHasWhatTheLogHasResumesWithTheTail) {
  Append("a");
  const Replica before = Marked(store_->log_id(), store_->Head());
  Append("b");
  auto pipe = GreetAsking(before);
  pipe->Send(Ask{1});
  const auto welcome = pipe->ReceiveA<Welcome>();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->resume, Resume::kTail);
  Replica replica;
  ASSERT_TRUE(PositionFor(*pipe, 1, replica));
  EXPECT_EQ(replica.subjects, std::vector<std::string>{"b"});
}

// A frozen environment reads nothing and says nothing.
TEST_F(AskingTest, NobodyWaitsForWhoAsksWhateverItDoes) {
  auto pipe = GreetAsking({}, /*depth=*/1);
  pipe->Send(Ask{1});
  std::this_thread::sleep_for(20ms);
  // The first, after which a lease would have ended: many take longer on a slow disk.
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(Await(Append("first")).get());
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLease) << "a lease was waited for";
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(Await(Append("f" + std::to_string(i))).get());
}

TEST_F(AskingTest, WhoAsksGetsNoLease) {
  auto pipe = GreetAsking();
  TakeSnapshot(*pipe);
  pipe->SendBytes(revocation::Encode(Renew{1}));
  EXPECT_TRUE(pipe->ReceiveA<Goodbye>());
  auto other = GreetAsking();
  TakeSnapshot(*other);
  other->SendBytes(revocation::Encode(Ack{0}));
  EXPECT_TRUE(other->ReceiveA<Goodbye>());
}

TEST_F(AskingTest, AnAgentMayNotAsk) {
  auto pipe = Leased(kOne);
  pipe->SendBytes(revocation::Encode(Ask{1}, revocation::kAskingVersion));
  EXPECT_TRUE(pipe->ReceiveA<Goodbye>());
}

// If the store was restored, an Agent that still holds a lease says so before any position counts.
TEST_F(AskingTest, AfterAStartNoPositionIsGivenBeforeOldLeasesHaveLapsed) {
  Append("a");
  const auto began = std::chrono::steady_clock::now();
  RestartHub();
  auto pipe = GreetAsking();
  Replica replica = TakeSnapshot(*pipe);
  pipe->Send(Ask{1});
  const auto refused = AnswerTo(*pipe, 1, replica);
  ASSERT_TRUE(refused);
  ASSERT_TRUE(std::holds_alternative<NoPosition>(*refused));
  EXPECT_THAT(std::get<NoPosition>(*refused).reason, HasSubstr("just started"));
  for (uint64_t nonce = 2;; ++nonce) {
    pipe->Send(Ask{nonce});
    const auto answer = AnswerTo(*pipe, nonce, replica);
    ASSERT_TRUE(answer);
    if (std::holds_alternative<AskedPosition>(*answer)) break;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, kLease);
}

TEST_F(AskingTest, WhoIsAheadOfTheLogProvesThatTheStoreWasRestored) {
  auto pipe = GreetAsking(Marked(store_->log_id(), {5, {1, 2, 3}}));
  EXPECT_TRUE(pipe->ReceiveA<Goodbye>());
  EXPECT_TRUE(hub_->restored_store());
}

TEST_F(AskingTest, ARestoredStoreGivesNoPosition) {
  auto pipe = GreetAsking();
  Replica replica = TakeSnapshot(*pipe);
  ASSERT_TRUE(store_->MarkRestored("a test").ok());
  pipe->Send(Ask{1});
  const auto answer = AnswerTo(*pipe, 1, replica);
  ASSERT_TRUE(answer && std::holds_alternative<NoPosition>(*answer));
  EXPECT_THAT(std::get<NoPosition>(*answer).reason, HasSubstr("sallyport recover"));
}

TEST_F(AskingTest, AWithdrawnKeyGetsNoPositionAnyMore) {
  auto pipe = GreetAsking();
  TakeSnapshot(*pipe);
  withdrawn_ = true;
  EXPECT_TRUE(Withdraw("gate").get());
  pipe->Send(Ask{1});
  Replica replica;
  EXPECT_FALSE(PositionFor(*pipe, 1, replica));
  auto again = GreetAsking();
  EXPECT_TRUE(again->ReceiveA<Goodbye>());
}

TEST_F(AskingTest, TheStatusTellsWhoAsksFromWhoHoldsALease) {
  auto asking = GreetAsking();
  TakeSnapshot(*asking);
  const auto leased = Leased(kOne);
  const Status status = GetStatus();
  ASSERT_EQ(status.agents.size(), 2U);
  EXPECT_EQ(std::count_if(status.agents.begin(), status.agents.end(),
                          [](const AgentStatus& agent) { return agent.asks; }),
            1);
}

// In its memory, each question is 16 bytes; and they are not more than a few.
TEST_F(AskingTest, OfManyQuestionsAtOnceTheNewestAreAnswered) {
  AppendMany(20'000);
  auto pipe = GreetAsking();
  for (uint64_t nonce = 1; nonce <= 900; ++nonce) pipe->Send(Ask{nonce});
  Replica replica = TakeSnapshot(*pipe);
  EXPECT_TRUE(PositionFor(*pipe, 900, replica));
}

}  // namespace
}  // namespace sallyport::feed
