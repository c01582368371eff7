// In how many frames, and when, an Agent is sent what is new in the log.
#include "hub_fixture.h"

namespace sallyport::feed {
namespace {

// A thousand Agents cannot take a frame for each of many revocations, and their grants would wait
// behind the frames.
TEST_F(HubTest, WhatComesBeforeAnAcknowledgementSharesTheNextFrameAndGrantsOvertakeIt) {
  auto pipe = Leased(kOne);
  Append("a");
  const auto first = pipe->ReceiveA<Entries>();
  ASSERT_TRUE(first);
  Append("b");
  Append("c");
  pipe->Send(Renew{7});
  ASSERT_TRUE(pipe->ReceiveA<Grant>());
  EXPECT_FALSE(pipe->Receive(50ms)) << "sent before the first was acknowledged";
  pipe->Send(Ack{first->position.sequence});
  const auto second = pipe->ReceiveA<Entries>();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->revocations.size(), 2u);
  EXPECT_EQ(second->position, store_->Head());
}

// One that is far behind is not held up by the way there and back.
TEST_F(HubTest, WholePagesDoNotWaitForAcknowledgements) {
  auto pipe = Leased(kOne);
  Append("a");
  ASSERT_TRUE(pipe->ReceiveA<Entries>());
  AppendMany(4100);
  size_t received = 0;
  while (received < 4000) {
    const auto entries = pipe->ReceiveA<Entries>();
    ASSERT_TRUE(entries);
    received += entries->revocations.size();
  }
}

TEST_F(HubTest, ASlowAgentGetsFewLargeFramesAndIsNotQueuedFor) {
  auto pipe = Greet(kOne, {}, 1);
  pipe->Send(Ack{TakeSnapshot(*pipe).position.sequence});
  for (int i = 0; i < 300; ++i) Append("f");
  int frames = 0;
  uint64_t reached = 0;
  while (reached < 300) {
    const auto entries = pipe->ReceiveA<Entries>();
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->revocations.size(), entries->position.sequence - reached);
    reached = entries->position.sequence;
    ++frames;
    pipe->Send(Ack{reached});
  }
  // One frame with the first, and one with all the rest.
  EXPECT_LE(frames, 3);
}

}  // namespace
}  // namespace sallyport::feed
