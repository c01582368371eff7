#include "agent/follower.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "temporary_replica.h"

namespace sallyport::agent {
namespace {

using namespace revocation;  // frames

class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() { Restart(); }

  // As a new process over the same Replica.
  void Restart() {
    follower_.reset();
    writer_.reset();
    ReplicaWriter::Options options;
    options.path = files_.path();
    options.clock = &clock_;
    options.least_table_capacity = 64;
    options.parse_key = [](std::string_view) { return std::nullopt; };
    auto writer = ReplicaWriter::Open(std::move(options));
    EXPECT_TRUE(writer.ok()) << writer.error().cause;
    writer_ = std::move(writer).value();
    follower_ = std::make_unique<Follower>(*writer_, clock_, "test");
  }
  Hello Connect() { return std::get<Hello>(follower_->Connected()); }
  // What `frame` is answered with; fails the test where it is refused.
  std::vector<Frame> Accept(const Frame& frame) {
    auto answers = follower_->Receive(frame);
    EXPECT_TRUE(answers.ok()) << answers.error().cause;
    return answers.ok() ? *answers : std::vector<Frame>{};
  }
  bool Refuses(const Frame& frame) { return !follower_->Receive(frame).ok(); }

  void LoadSnapshot(uint64_t sequence, std::vector<Revocation> revocations) {
    Connect();
    Accept(Welcome{Resume::kSnapshot, LogOf(1), 2000});
    Accept(SnapshotBegin{PositionAt(sequence), revocations.size()});
    Accept(SnapshotPage{std::move(revocations)});
    EXPECT_EQ(Accept(SnapshotEnd{}), std::vector<Frame>{Ack{sequence}});
  }
  uint64_t Ask() {
    const auto ask = follower_->AskForLease();
    EXPECT_TRUE(ask.has_value());
    return ask ? std::get<Renew>(*ask).nonce : 0;
  }
  Grant GrantOf(uint64_t nonce, uint64_t epoch) {
    return {nonce, epoch, 2000, clock_.WallMillis()};
  }

  TemporaryReplica files_;
  base::ManualClock clock_;
  std::unique_ptr<ReplicaWriter> writer_;
  std::unique_ptr<Follower> follower_;
};

TEST_F(FollowerTest, IntroducesItselfWithNothingThenWithItsPosition) {
  const Hello first = Connect();
  EXPECT_EQ(first.log, LogId{});
  EXPECT_EQ(first.position, LogPosition{});
  LoadSnapshot(7, {Family("a")});
  const Hello second = Connect();
  EXPECT_EQ(second.instance, first.instance);
  EXPECT_EQ(second.log, LogOf(1));
  EXPECT_EQ(second.position, PositionAt(7));
  Restart();
  const Hello third = Connect();
  EXPECT_NE(third.instance, first.instance) << "an instance is a process";
  EXPECT_EQ(third.position, PositionAt(7));
}

// A gate may still hold a lease in the old file, so nobody acknowledges for that instance any more.
TEST_F(FollowerTest, WhoseReplicaOthersWroteToComesBackAsAnother) {
  LoadSnapshot(7, {Family("a")});
  const Hello before = Connect();
  Accept(Welcome{Resume::kTail, LogOf(1), 2000});
  std::filesystem::resize_file(files_.path(), std::filesystem::file_size(files_.path()) - 4096);
  EXPECT_TRUE(Refuses(Entries{PositionAt(8), {Family("b")}}));
  follower_->Disconnected();
  const Hello after = Connect();
  EXPECT_NE(after.instance, before.instance);
  EXPECT_EQ(after.position, LogPosition{});
}

TEST_F(FollowerTest, AsksForNothingBeforeItFollows) {
  EXPECT_FALSE(follower_->AskForLease());
  Connect();
  EXPECT_FALSE(follower_->AskForLease());
  Accept(Welcome{Resume::kSnapshot, LogOf(1), 2000});
  EXPECT_FALSE(follower_->AskForLease());
  Accept(SnapshotBegin{PositionAt(1), 0});
  EXPECT_FALSE(follower_->AskForLease());
  Accept(SnapshotEnd{});
  EXPECT_TRUE(follower_->AskForLease());
}

TEST_F(FollowerTest, AcknowledgesWhatReadersSee) {
  LoadSnapshot(7, {Family("a")});
  const auto reader = files_.Reader();
  EXPECT_TRUE(HoldsFamily(*reader, "a"));
  EXPECT_EQ(Accept(Entries{PositionAt(9), {Family("b"), Family("c")}}), std::vector<Frame>{Ack{9}});
  EXPECT_TRUE(HoldsFamily(*reader, "b"));
  EXPECT_TRUE(HoldsFamily(*reader, "c"));
  EXPECT_EQ(Accept(Entries{PositionAt(12), {}}), std::vector<Frame>{Ack{12}}) << "all expired";
  EXPECT_EQ(writer_->position(), PositionAt(12));
}

TEST_F(FollowerTest, ALeaseLastsFromTheAskingNotFromTheAnswer) {
  LoadSnapshot(7, {});
  const int64_t asked_at = clock_.BootNanos();
  const int64_t asked_wall = clock_.WallMillis();
  const uint64_t nonce = Ask();
  clock_.AdvanceMillis(700);
  Accept(Grant{nonce, 3, 2000, asked_wall + 400});
  const auto reader = files_.Reader();
  EXPECT_EQ(reader->epoch(), 3U);
  EXPECT_EQ(reader->expiry(), asked_at + 2'000'000'000);
  EXPECT_EQ(reader->WallMillis(clock_), asked_wall + 400 + 700) << "never behind the server's";
  EXPECT_TRUE(follower_->HoldsLease());
  clock_.AdvanceMillis(1300);
  EXPECT_FALSE(follower_->HoldsLease());
}

TEST_F(FollowerTest, AGrantThatWasNotAskedForIsNone) {
  LoadSnapshot(7, {});
  const uint64_t nonce = Ask();
  Accept(GrantOf(nonce + 1, 3));
  EXPECT_FALSE(follower_->HoldsLease());
  Accept(GrantOf(nonce, 3));
  EXPECT_TRUE(follower_->HoldsLease());
  const int64_t expiry = writer_->status().expiry;
  clock_.AdvanceMillis(100);
  Accept(GrantOf(nonce, 3));
  EXPECT_EQ(writer_->status().expiry, expiry) << "once";
}

TEST_F(FollowerTest, AGrantOfAnEarlierConnectionIsNone) {
  LoadSnapshot(7, {});
  const uint64_t nonce = Ask();
  follower_->Disconnected();
  Connect();
  Accept(Welcome{Resume::kTail, LogOf(1), 2000});
  Accept(GrantOf(nonce, 3));
  EXPECT_FALSE(follower_->HoldsLease());
}

TEST_F(FollowerTest, TheLeaseOutlivesAConnectionButNotAWelcomeToASnapshot) {
  LoadSnapshot(7, {});
  Accept(GrantOf(Ask(), 3));
  follower_->Disconnected();
  EXPECT_TRUE(follower_->HoldsLease());
  Connect();
  EXPECT_EQ(Accept(Welcome{Resume::kTail, LogOf(1), 2000}), std::vector<Frame>{Ack{7}});
  EXPECT_TRUE(follower_->HoldsLease());
  follower_->Disconnected();
  Connect();
  Accept(Welcome{Resume::kSnapshot, LogOf(2), 2000});
  EXPECT_FALSE(follower_->HoldsLease());
}

TEST_F(FollowerTest, AnInterruptedSnapshotIsForgotten) {
  LoadSnapshot(7, {Family("a")});
  Connect();
  Accept(Welcome{Resume::kSnapshot, LogOf(2), 2000});
  Accept(SnapshotBegin{PositionAt(50), 10});
  Accept(SnapshotPage{{Family("z")}});
  follower_->Disconnected();
  EXPECT_EQ(Connect().position, PositionAt(7));
  EXPECT_FALSE(HoldsFamily(*files_.Reader(), "z"));
  EXPECT_FALSE(std::filesystem::exists(files_.path() + ".new"));
}

TEST_F(FollowerTest, AsksAgainSoonWithoutALeaseAndAtAQuarterOfTheTtlWithOne) {
  LoadSnapshot(7, {});
  EXPECT_LE(follower_->MillisUntilNextAsk(), 50);
  Accept(GrantOf(Ask(), 3));
  EXPECT_EQ(follower_->MillisUntilNextAsk(), 500);
  Accept(NoGrant{Ask(), "behind"});
  EXPECT_EQ(follower_->refusal(), "behind");
  EXPECT_TRUE(follower_->HoldsLease()) << "a refusal extends nothing, and ends nothing";
  clock_.AdvanceMillis(2000);
  EXPECT_LE(follower_->MillisUntilNextAsk(), 50);
}

TEST_F(FollowerTest, AsksLessOftenWhenItIsRefusedAgainAndAgain) {
  LoadSnapshot(7, {});
  std::vector<int64_t> pauses;
  for (int i = 0; i < 5; ++i) {
    Accept(NoGrant{Ask(), "behind"});
    pauses.push_back(follower_->MillisUntilNextAsk());
  }
  EXPECT_EQ(pauses, (std::vector<int64_t>{50, 100, 200, 200, 200}));
  Accept(GrantOf(Ask(), 3));
  clock_.AdvanceMillis(2000);
  EXPECT_EQ(follower_->MillisUntilNextAsk(), 50);
}

TEST_F(FollowerTest, RefusesWhatBreaksTheOrder) {
  Connect();
  EXPECT_TRUE(Refuses(Entries{PositionAt(1), {}})) << "before the welcome";
  EXPECT_TRUE(Refuses(SnapshotBegin{PositionAt(1), 0})) << "before the welcome";
  EXPECT_TRUE(Refuses(Welcome{Resume::kTail, LogOf(1), 2000})) << "a tail of nothing";
  EXPECT_TRUE(Refuses(Welcome{Resume::kTail, LogId{}, 2000})) << "a tail of no log";
  Accept(Welcome{Resume::kSnapshot, LogOf(1), 2000});
  EXPECT_TRUE(Refuses(SnapshotPage{})) << "before it begins";
  EXPECT_TRUE(Refuses(SnapshotEnd{})) << "before it begins";
  EXPECT_TRUE(Refuses(Entries{PositionAt(1), {}})) << "before the snapshot";
  EXPECT_TRUE(Refuses(Welcome{Resume::kSnapshot, LogOf(1), 2000})) << "twice";
  Accept(SnapshotBegin{PositionAt(5), 0});
  EXPECT_TRUE(Refuses(SnapshotBegin{PositionAt(5), 0})) << "twice";
  EXPECT_TRUE(Refuses(Entries{PositionAt(6), {}})) << "within the snapshot";
  Accept(SnapshotEnd{});
  EXPECT_TRUE(Refuses(Entries{PositionAt(5), {}})) << "what the snapshot held";
  EXPECT_TRUE(Refuses(Entries{PositionAt(4), {}})) << "backwards";
  for (const Frame& own : {Frame(Hello{}), Frame(Ack{6}), Frame(Renew{1})}) {
    EXPECT_TRUE(Refuses(own)) << "an agent's own frame";
  }
  EXPECT_TRUE(Refuses(Goodbye{"stopping"}));
  EXPECT_TRUE(Refuses(Grant{Ask(), 1, kGreatestTtlMillis + 1, 1})) << "a TTL without bound";
  EXPECT_FALSE(follower_->HoldsLease());
}

TEST_F(FollowerTest, DropsByWhatAGrantSaysMayBeForgotten) {
  std::vector<Revocation> old;
  for (int i = 0; i < 5000; ++i) old.push_back(Family(std::to_string(i)));
  for (Revocation& each : old) each.keep_until = clock_.WallSeconds() + 60;
  LoadSnapshot(5000, old);
  clock_.AdvanceMillis(3'600'000);
  Accept(GrantOf(Ask(), 5));
  EXPECT_FALSE(*writer_->Work()) << "the server's clock alone says nothing";
  Grant grant = GrantOf(Ask(), 5);
  grant.forget_before = clock_.WallSeconds() - 600;
  Accept(grant);
  while (*writer_->Work()) continue;
  EXPECT_EQ(writer_->status().entries, 0U);
}

TEST_F(FollowerTest, AGrantThatForgetsAheadOfItsOwnClockBreaksTheRules) {
  LoadSnapshot(1, {});
  Grant grant = GrantOf(Ask(), 5);
  grant.forget_before = clock_.WallSeconds() + 1;
  EXPECT_TRUE(Refuses(grant));
  EXPECT_FALSE(follower_->HoldsLease());
}

TEST_F(FollowerTest, ATailOfAnotherLogIsRefused) {
  LoadSnapshot(7, {});
  Connect();
  EXPECT_TRUE(Refuses(Welcome{Resume::kTail, LogOf(2), 2000}));
}

// ---- Of an Agent with two servers.

class TwoFollowers : public FollowerTest {
 protected:
  TwoFollowers() {
    LoadSnapshot(7, {Family("a")});
    second_ = std::make_unique<Follower>(*writer_, clock_, "test");
    second_->SetFirst(false);
  }
  ~TwoFollowers() override { second_.reset(); }
  void ConnectSecond() {
    (void)second_->Connected();
    EXPECT_TRUE(second_->Receive(Welcome{Resume::kTail, LogOf(1), 2000}).ok());
  }

  std::unique_ptr<Follower> second_;
};

TEST_F(TwoFollowers, AreTwoInstances) {
  EXPECT_NE(std::get<Hello>(second_->Connected()).instance, Connect().instance);
}

TEST_F(TwoFollowers, EachAcknowledgesToItsServerWhatEitherHasApplied) {
  ConnectSecond();
  EXPECT_EQ(Accept(Entries{PositionAt(9), {Family("b"), Family("c")}}), std::vector<Frame>{Ack{9}});
  EXPECT_EQ(*second_->Receive(Entries{PositionAt(8), {Family("b")}}), std::vector<Frame>{Ack{8}});
  EXPECT_EQ(writer_->position(), PositionAt(9)) << "it never goes back";
  EXPECT_EQ(*second_->Receive(Entries{PositionAt(10), {Family("c"), Family("d")}}),
            std::vector<Frame>{Ack{10}});
  EXPECT_TRUE(HoldsFamily(*files_.Reader(), "d"));
  EXPECT_EQ(Accept(Entries{PositionAt(10), {Family("d")}}), std::vector<Frame>{Ack{10}});
}

TEST_F(TwoFollowers, WhatTheOtherHasAppliedWhileThisOneConnectedIsNotAcknowledged) {
  (void)second_->Connected();
  Accept(Entries{PositionAt(9), {Family("b")}});
  EXPECT_EQ(*second_->Receive(Welcome{Resume::kTail, LogOf(1), 2000}), std::vector<Frame>{Ack{7}})
      << "its server has sent no more than that";
  EXPECT_EQ(*second_->Receive(Entries{PositionAt(9), {Family("b")}}), std::vector<Frame>{Ack{9}});
}

TEST_F(TwoFollowers, OnlyTheFirstOnesLeasesAreTaken) {
  ConnectSecond();
  const auto ask = second_->AskForLease();
  ASSERT_TRUE(ask);
  EXPECT_TRUE(second_->Receive(GrantOf(std::get<Renew>(*ask).nonce, 5)).ok());
  EXPECT_EQ(second_->MillisSinceGrant(), 0) << "but it is known that it could be had";
  EXPECT_FALSE(follower_->HoldsLease());
  follower_->SetFirst(false);
  second_->SetFirst(true);
  const auto again = second_->AskForLease();
  EXPECT_TRUE(second_->Receive(GrantOf(std::get<Renew>(*again).nonce, 6)).ok());
  EXPECT_TRUE(second_->HoldsLease());
  EXPECT_EQ(writer_->status().epoch, 6u);
}

TEST_F(TwoFollowers, ALateGrantOfTheServerThatWasLeftChangesNothing) {
  ConnectSecond();
  const uint64_t nonce = Ask();
  follower_->SetFirst(false);
  second_->SetFirst(true);
  const auto ask = second_->AskForLease();
  EXPECT_TRUE(second_->Receive(GrantOf(std::get<Renew>(*ask).nonce, 6)).ok());
  Accept(GrantOf(nonce, 5));
  EXPECT_EQ(writer_->status().epoch, 6u);
}

TEST_F(TwoFollowers, TheSecondTakesNoSnapshotAndItsEndLeavesTheFirstOnesAlone) {
  (void)second_->Connected();
  EXPECT_FALSE(second_->Receive(Welcome{Resume::kSnapshot, LogOf(1), 2000}).ok());
  const uint64_t nonce = Ask();
  Accept(GrantOf(nonce, 5));
  EXPECT_TRUE(follower_->HoldsLease());
  second_->Disconnected();
  EXPECT_TRUE(follower_->HoldsLease());
  // While the first one takes a snapshot.
  Connect();
  Accept(Welcome{Resume::kSnapshot, LogOf(1), 2000});
  Accept(SnapshotBegin{PositionAt(12), 1});
  second_->Disconnected();
  Accept(SnapshotPage{{Family("z")}});
  EXPECT_EQ(Accept(SnapshotEnd{}), std::vector<Frame>{Ack{12}});
}

TEST_F(TwoFollowers, SaysForHowLongALeaseIsAskedForInVain) {
  EXPECT_EQ(follower_->WaitingMillis(), 0);
  const uint64_t nonce = Ask();
  clock_.AdvanceMillis(400);
  (void)Ask();
  EXPECT_EQ(follower_->WaitingMillis(), 400);
  Accept(NoGrant{nonce, "not now"});
  EXPECT_EQ(follower_->WaitingMillis(), 400) << "a refusal is no lease";
  Accept(GrantOf(Ask(), 5));
  EXPECT_EQ(follower_->WaitingMillis(), 0);
}

}  // namespace
}  // namespace sallyport::agent
