#include "agent/asker.h"

#include <gtest/gtest.h>

#include "temporary_replica.h"

namespace sallyport::agent {
namespace {

using revocation::Ask;
using revocation::AskedPosition;
using revocation::Entries;
using revocation::Grant;
using revocation::Hello;
using revocation::Lease;
using revocation::NoPosition;
using revocation::Resume;
using revocation::SnapshotBegin;
using revocation::SnapshotEnd;
using revocation::SnapshotPage;
using revocation::Welcome;

class AskerTest : public ::testing::Test {
 protected:
  AskerTest() {
    revocation::ReplicaWriter::Options options;
    options.path = files_.path();
    options.clock = &clock_;
    options.least_table_capacity = 64;
    options.parse_key = [](std::string_view) { return std::nullopt; };
    auto writer = revocation::ReplicaWriter::Open(std::move(options));
    EXPECT_TRUE(writer.ok()) << writer.error().cause;
    writer_ = std::move(writer).value();
    asker_ = std::make_unique<Asker>(*writer_, clock_, "lambda");
  }
  bool Accepts(const revocation::Frame& frame) { return asker_->Receive(frame).ok(); }
  void LoadSnapshot(uint64_t sequence) {
    asker_->Connected();
    EXPECT_TRUE(Accepts(Welcome{Resume::kSnapshot, LogOf(1), 2000}));
    EXPECT_TRUE(Accepts(SnapshotBegin{PositionAt(sequence), 1}));
    EXPECT_TRUE(Accepts(SnapshotPage{{Family("a")}}));
    EXPECT_TRUE(Accepts(SnapshotEnd{}));
  }
  uint64_t NonceOf(const revocation::Frame& frame) { return std::get<Ask>(frame).nonce; }
  AskedPosition At(uint64_t nonce, uint64_t sequence) {
    return {nonce, sequence, clock_.WallMillis()};
  }
  // What gates see.
  Lease LeaseNow() {
    const auto reader = files_.Reader();
    return reader ? reader->CheckLease(reader->epoch(), clock_) : Lease::kLapsed;
  }

  TemporaryReplica files_;
  base::ManualClock clock_;
  std::unique_ptr<revocation::ReplicaWriter> writer_;
  std::unique_ptr<Asker> asker_;
};

TEST_F(AskerTest, SaysHelloInItsOwnVersionAndWithoutALease) {
  const auto hello = std::get<Hello>(asker_->Connected());
  EXPECT_EQ(hello.version, revocation::kAskingVersion);
  EXPECT_FALSE(hello.holds_lease);
}

TEST_F(AskerTest, GatesMayDecideFromTheAnswerUntilTheDecisionIsMade) {
  LoadSnapshot(5);
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
  const uint64_t nonce = NonceOf(asker_->Ask());
  EXPECT_EQ(LeaseNow(), Lease::kLapsed) << "the question is no answer";
  EXPECT_TRUE(Accepts(Entries{PositionAt(6), {Family("b")}}));
  EXPECT_EQ(LeaseNow(), Lease::kLapsed) << "entries are no answer";
  EXPECT_TRUE(Accepts(At(nonce, 6)));
  EXPECT_EQ(asker_->answer(), Asker::Answer::kProved);
  EXPECT_EQ(LeaseNow(), Lease::kHolds);
  EXPECT_TRUE(HoldsFamily(*files_.Reader(), "b"));
  asker_->EndProof();
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
  EXPECT_EQ(asker_->answer(), Asker::Answer::kNone);
}

TEST_F(AskerTest, AnAnswerCountsForItsQuestionAloneAndOnce) {
  LoadSnapshot(5);
  const uint64_t first = NonceOf(asker_->Ask());
  const uint64_t second = NonceOf(asker_->Ask());
  ASSERT_NE(first, second);
  EXPECT_TRUE(Accepts(At(first, 5)));
  EXPECT_EQ(asker_->answer(), Asker::Answer::kNone) << "the answer to an earlier question";
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
  EXPECT_TRUE(Accepts(At(second, 5)));
  EXPECT_EQ(LeaseNow(), Lease::kHolds);
  asker_->EndProof();
  EXPECT_TRUE(Accepts(At(second, 5)));
  EXPECT_EQ(LeaseNow(), Lease::kLapsed) << "the same answer again";
}

TEST_F(AskerTest, ANewQuestionVoidsTheProofBeforeIt) {
  LoadSnapshot(5);
  EXPECT_TRUE(Accepts(At(NonceOf(asker_->Ask()), 5)));
  ASSERT_EQ(LeaseNow(), Lease::kHolds);
  asker_->Ask();
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
}

TEST_F(AskerTest, APositionThatWasNotSentIsRefused) {
  LoadSnapshot(5);
  const uint64_t nonce = NonceOf(asker_->Ask());
  EXPECT_FALSE(Accepts(At(nonce, 6)));
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
}

TEST_F(AskerTest, APositionBeforeTheSnapshotIsCompleteIsRefused) {
  asker_->Connected();
  EXPECT_TRUE(Accepts(Welcome{Resume::kSnapshot, LogOf(1), 2000}));
  EXPECT_FALSE(Accepts(At(NonceOf(asker_->Ask()), 0)));
}

TEST_F(AskerTest, AfterARefusalGatesDenyAndTheReasonIsKnown) {
  LoadSnapshot(5);
  const uint64_t nonce = NonceOf(asker_->Ask());
  EXPECT_TRUE(Accepts(NoPosition{nonce, "the server has just started"}));
  EXPECT_EQ(asker_->answer(), Asker::Answer::kRefused);
  EXPECT_EQ(asker_->refusal(), "the server has just started");
  EXPECT_TRUE(Accepts(At(nonce, 5)));
  EXPECT_EQ(LeaseNow(), Lease::kLapsed) << "the question was answered already";
}

TEST_F(AskerTest, TheEndOfTheConnectionEndsTheProof) {
  LoadSnapshot(5);
  EXPECT_TRUE(Accepts(At(NonceOf(asker_->Ask()), 5)));
  asker_->Disconnected();
  EXPECT_EQ(LeaseNow(), Lease::kLapsed);
}

TEST_F(AskerTest, WhatMayBeForgottenIsNeverLaterThanTheServersTime) {
  LoadSnapshot(5);
  AskedPosition position = At(NonceOf(asker_->Ask()), 5);
  position.forget_before = position.wall_millis / 1000 + 1;
  EXPECT_FALSE(Accepts(position));
}

TEST_F(AskerTest, TheTimeIsTheServersAndIsCountedFromTheQuestion) {
  LoadSnapshot(5);
  const uint64_t nonce = NonceOf(asker_->Ask());
  clock_.AdvanceMillis(300);
  AskedPosition position = At(nonce, 5);
  position.wall_millis = 1'900'000'000'000;
  EXPECT_TRUE(Accepts(position));
  EXPECT_EQ(files_.Reader()->WallMillis(clock_), 1'900'000'000'300) << "never behind the server";
}

}  // namespace
}  // namespace sallyport::agent
