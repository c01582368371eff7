#include "hub_fixture.h"

namespace sallyport::feed {
namespace {

TEST_F(HubTest, WithoutAgentsARevokeIsAnsweredAtOnce) {
  EXPECT_TRUE(Await(Append("f")).get());
}

TEST_F(HubTest, AFreshAgentGetsASnapshotThenTheTail) {
  Append("a");
  Append("b");
  auto pipe = Greet(kOne);
  const Replica replica = TakeSnapshot(*pipe);
  EXPECT_EQ(replica.log, store_->log_id());
  EXPECT_EQ(replica.position, store_->Head());
  EXPECT_THAT(replica.subjects, ::testing::ElementsAre("a", "b"));
  pipe->Send(Ack{replica.position.sequence});
  Append("c");
  const auto entries = pipe->ReceiveA<Entries>();
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->position, store_->Head());
  ASSERT_EQ(entries->revocations.size(), 1u);
  EXPECT_EQ(entries->revocations[0].subject, "c");
}

TEST_F(HubTest, ALargeLogComesInPagesAndWhole) {
  AppendMany(9000);
  auto pipe = Greet(kOne);
  EXPECT_EQ(TakeSnapshot(*pipe).subjects.size(), 9000u);
  EXPECT_EQ(GetStatus().counters.entries, 9000u);
}

TEST_F(HubTest, AnAgentResumesWithTheTail) {
  Append("a");
  auto first = Greet(kOne);
  const Replica replica = TakeSnapshot(*first);
  first->Close();
  Append("b");
  auto pipe = Greet(kTwo, replica);
  const auto welcome = pipe->ReceiveA<Welcome>();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->resume, Resume::kTail);
  const auto entries = pipe->ReceiveA<Entries>();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->revocations.size(), 1u);
  EXPECT_EQ(entries->revocations[0].subject, "b");
}

TEST_F(HubTest, AnotherHistoryMeansASnapshot) {
  Append("a");
  Replica foreign;
  foreign.log = {9};
  foreign.position.sequence = 50;
  auto pipe = Greet(kOne, foreign);
  EXPECT_EQ(TakeSnapshot(*pipe).subjects.size(), 1u);
  EXPECT_FALSE(hub_->restored_store());
}

TEST_F(HubTest, APositionThatIsNoLongerKeptMeansASnapshot) {
  Append("a", 1000);
  const Replica replica = Marked(store_->log_id(), store_->Head());
  Append("b");
  ASSERT_TRUE(store_->PruneLog(store::TimesForTests::Forget(2000)).ok());
  auto pipe = Greet(kOne, replica);
  EXPECT_THAT(TakeSnapshot(*pipe).subjects, ::testing::ElementsAre("b"));
}

TEST_F(HubTest, NoLeaseBeforeTheSnapshotIsAcknowledged) {
  Append("a");
  auto pipe = Greet(kOne);
  pipe->Send(Renew{7});
  std::vector<revocation::Frame> frames;
  bool refused = false;
  for (int i = 0; i < 5; ++i) {
    auto frame = pipe->Receive();
    ASSERT_TRUE(frame);
    ASSERT_FALSE(std::holds_alternative<Grant>(*frame));
    refused |= std::holds_alternative<NoGrant>(*frame);
  }
  EXPECT_TRUE(refused);
  pipe->Send(Renew{8});
  EXPECT_TRUE(pipe->ReceiveA<NoGrant>());
  pipe->Send(Ack{1});
  pipe->Send(Renew{9});
  const auto grant = pipe->ReceiveA<Grant>();
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->nonce, 9u);
  EXPECT_NE(grant->epoch, 0u);
  EXPECT_EQ(grant->ttl_millis, kTtl);
  EXPECT_NEAR(double(grant->wall_millis), double(base::SystemClock::Get().WallMillis()), 5000);
}

TEST_F(HubTest, ARevokeIsAnsweredWhenTheAgentHasAppliedIt) {
  auto pipe = Leased(kOne);
  const uint64_t head = Append("f");
  auto answer = Await(head);
  EXPECT_TRUE(Waits(answer));
  ASSERT_TRUE(pipe->ReceiveA<Entries>());
  EXPECT_TRUE(Waits(answer));
  pipe->Send(Ack{head});
  EXPECT_TRUE(answer.get());
}

TEST_F(HubTest, EveryAgentUnderLeaseCounts) {
  auto one = Leased(kOne);
  auto two = Leased(kTwo);
  const uint64_t head = Append("f");
  auto answer = Await(head);
  ASSERT_TRUE(one->ReceiveA<Entries>());
  one->Send(Ack{head});
  EXPECT_TRUE(Waits(answer));
  ASSERT_TRUE(two->ReceiveA<Entries>());
  two->Send(Ack{head});
  EXPECT_TRUE(answer.get());
}

TEST_F(HubTest, ADeadAgentDelaysUntilItsLeaseHasLapsedAndNoLonger) {
  const auto before_grant = std::chrono::steady_clock::now();
  auto pipe = Leased(kOne);
  pipe->Close();
  auto answer = Await(Append("f"));
  EXPECT_TRUE(answer.get());
  const auto waited = std::chrono::steady_clock::now() - before_grant;
  EXPECT_GE(waited, kLease);
  EXPECT_LT(waited, kLease + 2s);
  EXPECT_TRUE(GetStatus().agents.empty());
}

TEST_F(HubTest, AHundredRevokesWaitingOnASilentAgentDelayNobody) {
  RestartHub({.ttl_millis = 20 * kTtl});
  auto silent = Leased(kOne);
  std::vector<std::future<bool>> answers;
  answers.push_back(Await(Append("f")));
  ASSERT_TRUE(silent->ReceiveA<Entries>());
  for (int i = 1; i < 100; ++i) answers.push_back(Await(Append("f")));
  // Others are served meanwhile.
  auto live = Leased(kTwo);
  EXPECT_EQ(GetStatus().waiting, 100u);
  live->Send(Ack{100});
  EXPECT_TRUE(Waits(answers[0]));
  silent->Send(Ack{1});
  EXPECT_TRUE(answers[0].get());
  EXPECT_TRUE(Waits(answers[1]));
  const auto entries = silent->ReceiveA<Entries>();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->position.sequence, 100u);
  silent->Send(Ack{60});
  for (int i = 1; i < 60; ++i) EXPECT_TRUE(answers[i].get());
  EXPECT_TRUE(Waits(answers[60]));
  silent->Send(Ack{100});
  for (int i = 60; i < 100; ++i) EXPECT_TRUE(answers[i].get());
  EXPECT_EQ(GetStatus().waiting, 0u);
}

TEST_F(HubTest, WhoComesBackAndCatchesUpEndsTheWait) {
  auto first = Leased(kOne);
  const Replica replica = Marked(store_->log_id(), store_->Head());
  first->Close();
  const uint64_t head = Append("f");
  auto answer = Await(head);
  auto second = Greet(kOne, replica);
  ASSERT_TRUE(second->ReceiveA<Welcome>());
  ASSERT_TRUE(second->ReceiveA<Entries>());
  EXPECT_TRUE(Waits(answer));
  second->Send(Ack{head});
  EXPECT_TRUE(answer.get());
}

TEST_F(HubTest, TheNewestConnectionOfAProcessReplacesTheOneBefore) {
  auto first = Leased(kOne);
  auto second = Greet(kOne);
  TakeSnapshot(*second);
  EXPECT_EQ(first->Receive(1000ms), std::nullopt);
  const Status status = GetStatus();
  ASSERT_EQ(status.agents.size(), 1u);
  EXPECT_TRUE(status.agents[0].connected);
  EXPECT_GT(status.agents[0].lease_millis_left, 0);
  EXPECT_EQ(status.agents[0].name, "gate");
}

TEST_F(HubTest, AnAcknowledgementOfWhatWasNotSentEndsTheConnection) {
  auto pipe = Leased(kOne);
  pipe->Send(Ack{5});
  const auto goodbye = pipe->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  auto answer = Await(Append("f"));
  EXPECT_TRUE(Waits(answer));
}

TEST_F(HubTest, GarbageEndsTheConnection) {
  auto pipe = Dial();
  pipe->SendBytes("garbage");
  EXPECT_TRUE(pipe->ReceiveA<Goodbye>());
  auto another = Dial();
  Hello hello;
  hello.version = 99;
  another->Send(hello);
  EXPECT_TRUE(another->ReceiveA<Goodbye>());
  EXPECT_TRUE(GetStatus().agents.empty());
}

TEST_F(HubTest, AfterAStartOnlyWhoResumesUnderALeaseGetsOneBeforeOldLeasesHaveLapsed) {
  Append("a");
  const Replica lapsed = Marked(store_->log_id(), store_->Head());
  Replica replica = lapsed;
  replica.holds_lease = true;
  RestartHub({.ttl_millis = 4 * kTtl});
  RestartHub({.ttl_millis = 4 * kTtl});
  const auto began = std::chrono::steady_clock::now();
  auto resumed = Greet(kOne, replica);
  ASSERT_TRUE(resumed->ReceiveA<Welcome>());
  resumed->Send(Ack{1});
  resumed->Send(Renew{1});
  EXPECT_TRUE(resumed->ReceiveA<Grant>());
  // It has the whole log, but no lease: what was answered after the backup was answered without
  // waiting for it.
  auto behind = Greet({3}, lapsed);
  ASSERT_TRUE(behind->ReceiveA<Welcome>());
  behind->Send(Ack{1});
  behind->Send(Renew{1});
  EXPECT_TRUE(behind->ReceiveA<NoGrant>());
  auto fresh = Greet(kTwo);
  TakeSnapshot(*fresh);
  fresh->Send(Ack{1});
  fresh->Send(Renew{1});
  const auto refused = fresh->ReceiveA<NoGrant>();
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->reason, HasSubstr("just started"));
  ASSERT_LT(std::chrono::steady_clock::now() - began, 1s) << "too slow to show anything";
  for (bool granted = false; !granted;) {
    std::this_thread::sleep_for(20ms);
    fresh->Send(Renew{2});
    const auto answer = fresh->Receive();
    ASSERT_TRUE(answer);
    granted = std::holds_alternative<Grant>(*answer);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began,
            std::chrono::milliseconds(4 * kTtl + MarginMillis(4 * kTtl)) - 500ms);
}

// A server that granted longer leases; an older copy of the store has lost the record of that.
TEST_F(HubTest, TheHoldAfterAStartIsAsLongAsAnyLeaseThatTheFileBesideTheStoreKnowsOf) {
  ASSERT_TRUE(store_->WitnessTtl(3 * kTtl).ok());
  RestartHub();
  EXPECT_EQ(hub_->hold_millis(), 3 * kTtl + MarginMillis(3 * kTtl));
  RestartHub({.ttl_millis = 4 * kTtl});
  EXPECT_EQ(hub_->hold_millis(), 4 * kTtl + MarginMillis(4 * kTtl)) << "the settings' own";
  RestartHub();
  EXPECT_EQ(hub_->hold_millis(), 4 * kTtl + MarginMillis(4 * kTtl));
}

// Nobody waits for the acknowledgements of an agent without a lease, so each of them is too late.
TEST_F(HubTest, AnAgentGetsALeaseThoughRevocationsComeFasterThanItsRoundTrip) {
  Append("first");
  auto pipe = Greet(kOne);
  pipe->Send(Ack{TakeSnapshot(*pipe).position.sequence});
  std::atomic<bool> over{false};
  std::thread revoking([&] {
    while (!over) EXPECT_TRUE(Await(Append("more")).get());
    over = false;
  });
  bool granted = false;
  const auto turn = [&](uint64_t nonce) {
    uint64_t applied = 0;
    while (auto frame = pipe->Receive(1ms)) {
      if (std::holds_alternative<Grant>(*frame)) granted = true;
      if (const auto* entries = std::get_if<Entries>(&*frame)) applied = entries->position.sequence;
    }
    std::this_thread::sleep_for(80ms);
    if (applied > 0) pipe->Send(Ack{applied});
    pipe->Send(Renew{nonce});
  };
  for (uint64_t i = 1; i < 60 && !granted; ++i) turn(i);
  EXPECT_TRUE(granted);
  over = true;
  for (uint64_t i = 100; over; ++i) turn(i);
  revoking.join();
}

TEST_F(HubTest, AWithdrawnAgentIsAnsweredForWhenItsLeasesAreOver) {
  auto other = Dial(1000, {"other", "k2"});
  other->Send(Hello{.instance = kTwo, .log = {}, .position = {}, .mark = {}, .name = "other"});
  const auto before_grant = std::chrono::steady_clock::now();
  auto pipe = Leased(kOne);
  withdrawn_ = true;
  auto answer = Withdraw("gate");
  EXPECT_TRUE(Waits(answer));
  pipe->Send(Renew{9});
  const auto goodbye = pipe->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye) << "in place of a lease";
  EXPECT_THAT(goodbye->reason, HasSubstr("withdrawn"));
  auto again = Greet(kOne, Marked(store_->log_id(), store_->Head()));
  EXPECT_TRUE(again->ReceiveA<Goodbye>());
  EXPECT_TRUE(answer.get());
  EXPECT_GE(std::chrono::steady_clock::now() - before_grant, kLease);
  EXPECT_TRUE(other->ReceiveA<Welcome>()) << "another agent's connection stays";
  EXPECT_TRUE(Withdraw("gate").get()) << "again, with nothing left to wait for";
}

// A withdrawal that nobody waited for, a new key for the name, and the withdrawal of that: the
// lease that the first key still has counts.
TEST_F(HubTest, AWithdrawalWaitsForTheLeasesOfTheNamesEarlierKeys) {
  const auto before_grant = std::chrono::steady_clock::now();
  auto pipe = Leased(kOne);
  withdrawn_ = true;
  auto answer = Withdraw("gate", "k2");
  EXPECT_TRUE(Waits(answer));
  EXPECT_TRUE(answer.get());
  EXPECT_GE(std::chrono::steady_clock::now() - before_grant, kLease);
}

// The name is enrolled again while the withdrawal still waits: the withdrawal does not affect the
// new key.
TEST_F(HubTest, AWithdrawalWaitsForNoOtherKeyOfTheName) {
  auto pipe = Leased(kOne);
  withdrawn_ = true;
  auto answer = Withdraw("gate");
  auto anew = Greet(kTwo, {}, 1000, {"gate", "k2"});
  const Replica replica = TakeSnapshot(*anew);
  anew->Send(Ack{replica.position.sequence});
  while (Waits(answer, 50ms)) {
    anew->Send(Renew{1});
    ASSERT_TRUE(anew->ReceiveA<Grant>());
  }
  EXPECT_TRUE(answer.get());
  anew->Send(Renew{2});
  EXPECT_TRUE(anew->ReceiveA<Grant>());
}

TEST_F(HubTest, AWithdrawalIsAnsweredWhateverTheAgentDoesNotRead) {
  auto pipe = Greet(kOne, {}, 1);
  ASSERT_TRUE(pipe->ReceiveA<Welcome>()) << "served; what follows it does not read";
  withdrawn_ = true;
  EXPECT_TRUE(Withdraw("gate").get());
  int frames = 0;
  while (pipe->Receive(1000ms)) ++frames;
  EXPECT_LE(frames, 1) << "cut";
}

// To acknowledge for others would release entries that they have not applied.
TEST_F(HubTest, AnInstanceBelongsToTheAgentThatBroughtIt) {
  auto pipe = Leased(kOne);
  auto thief = Greet(kOne, {}, 1000, {"thief", "k2"});
  const auto goodbye = thief->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("another agent"));
  pipe->Send(Renew{5});
  EXPECT_TRUE(pipe->ReceiveA<Grant>()) << "it lives on";
}

TEST_F(HubTest, AnOldAgentIsFedInItsOwnVersionAndNeverAlarms) {
  const Agent old{"agent", "", revocation::kOldFeedVersion};
  Append("a");
  auto fresh = Greet(kOne, {}, 1000, old);
  const Replica replica = TakeSnapshot(*fresh);
  EXPECT_EQ(replica.subjects.size(), 1u);
  EXPECT_EQ(replica.mark, revocation::PositionMark{});
  fresh->Send(Ack{1});
  fresh->Send(Renew{1});
  EXPECT_TRUE(fresh->ReceiveA<Grant>());
  auto resumed = Greet(kTwo, {store_->log_id(), store_->Head(), {}, {}}, 1000, old);
  const auto welcome = resumed->ReceiveA<Welcome>();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->resume, Resume::kTail);
  auto ahead = Greet({3}, {store_->log_id(), {50, {1}}, {}, {}}, 1000, old);
  EXPECT_EQ(TakeSnapshot(*ahead).subjects.size(), 1u);
  EXPECT_FALSE(hub_->restored_store());
}

TEST_F(HubTest, AnAgentOfAnotherVersionIsToldSo) {
  auto pipe = Dial();
  Hello hello;
  hello.version = 4;
  pipe->SendBytes(revocation::Encode(hello) + "more");
  const auto goodbye = pipe->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("version 2"));
  EXPECT_THAT(goodbye->reason, HasSubstr("the agent version 4"));
}

TEST_F(HubTest, AfterAStartNothingIsAnsweredBeforeOldLeasesHaveLapsed) {
  const uint64_t head = Append("f");
  const auto began = std::chrono::steady_clock::now();
  RestartHub({.ttl_millis = 100});
  // It may be an entry that the server committed before its crash, but did not live to confirm.
  EXPECT_TRUE(Await(head).get());
  const auto waited = std::chrono::steady_clock::now() - began;
  EXPECT_GE(waited, kLease) << "the greatest TTL ever granted counts, not today's";
  EXPECT_LT(waited, kLease + 2s);
}

TEST_F(HubTest, StopAnswersWaitingRevokesWithFailure) {
  auto pipe = Leased(kOne);
  auto answer = Await(Append("f"));
  EXPECT_TRUE(Waits(answer));
  hub_->Stop();
  EXPECT_FALSE(answer.get());
  ASSERT_TRUE(pipe->ReceiveA<Entries>());
  EXPECT_EQ(pipe->Receive(1000ms), std::nullopt);
}

TEST_F(HubTest, WithoutConfirmationNobodyWaits) {
  RestartHub({.ttl_millis = kTtl, .confirm = false});
  EXPECT_TRUE(Await(1'000'000).get());
}

TEST_F(HubTest, ATtlOutOfBoundsIsRefused) {
  for (uint32_t ttl : {0u, 49u, 60'001u}) {
    Hub hub(context_.get_executor(), *store_, base::SystemClock::Get(), {.ttl_millis = ttl});
    EXPECT_FALSE(hub.Start().ok());
  }
}

TEST_F(HubTest, ConcurrentRevokesAreAllAnsweredWhileAgentsFlap) {
  std::atomic<bool> done{false};
  std::thread flapping([&] {
    while (!done) {
      auto pipe = Greet(kTwo);
      TakeSnapshot(*pipe);
      pipe->Send(Renew{1});
      (void)pipe->Receive(10ms);
      pipe->Close();
    }
  });
  std::thread agent([&] {
    auto pipe = Leased(kOne);
    while (!done) {
      pipe->Send(Renew{1});
      for (int i = 0; i < 50 && !done; ++i) {
        const auto frame = pipe->Receive(2ms);
        if (!frame) continue;
        if (const auto* entries = std::get_if<Entries>(&*frame)) {
          pipe->Send(Ack{entries->position.sequence});
        }
      }
    }
  });
  std::vector<std::thread> revokers;
  for (int t = 0; t < 4; ++t) {
    revokers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) ASSERT_TRUE(Await(Append("f")).get());
    });
  }
  for (auto& revoker : revokers) revoker.join();
  done = true;
  flapping.join();
  agent.join();
  EXPECT_EQ(GetStatus().released, 200u);
}

}  // namespace
}  // namespace sallyport::feed
