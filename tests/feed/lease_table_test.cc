#include "feed/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/clock.h"

namespace sallyport::feed {
namespace {

constexpr uint32_t kTableTtl = 1000;
constexpr int64_t kMargin = 300;  // 1000 / 4 + 50
constexpr InstanceId kFirstAgent{1};
constexpr InstanceId kSecondAgent{2};

// A table and its clock, in milliseconds.
class LeaseTableTest : public ::testing::Test {
 protected:
  LeaseTableTest() { Restart(0, 0); }

  void Restart(uint64_t head, int64_t hold_millis) {
    table_.emplace(kTableTtl, head, Now() + hold_millis * 1'000'000, [this] { return ++epochs_; });
  }
  int64_t Now() const { return clock_.MonotonicNanos(); }
  void Wait(int64_t millis) {
    clock_.AdvanceMillis(millis);
    table_->Settle(Now());
  }
  void Head(uint64_t head) {
    table_->Advance(head, Now());
    table_->Settle(Now());
  }
  void Connect(const InstanceId& agent, uint64_t verified = 0) {
    table_->Connect(agent, verified, Now());
    table_->Settle(Now());
  }
  void Ack(const InstanceId& agent, uint64_t sequence) {
    table_->Acknowledge(agent, sequence);
    table_->Settle(Now());
  }
  // The epoch of the lease that was granted; 0: refused.
  uint64_t Renew(const InstanceId& agent) {
    const auto answer = table_->Renew(agent, Now());
    const auto* granted = std::get_if<LeaseTable::Granted>(&answer);
    return granted != nullptr ? granted->epoch : 0;
  }
  bool Answerable(uint64_t sequence) { return table_->Answerable(sequence, Now()); }

  base::ManualClock clock_;
  uint64_t epochs_ = 0;
  std::optional<LeaseTable> table_;
};

TEST_F(LeaseTableTest, WithoutAgentsAllIsReleasedAtOnce) {
  Head(5);
  EXPECT_EQ(table_->released(), 5u);
  EXPECT_TRUE(Answerable(5));
  EXPECT_FALSE(Answerable(6));
}

TEST_F(LeaseTableTest, AnAgentWithoutALeaseHoldsNobodyUp) {
  Connect(kFirstAgent);
  Head(5);
  EXPECT_EQ(table_->released(), 5u);
}

TEST_F(LeaseTableTest, ReleaseWaitsForEveryAgentUnderLease) {
  Connect(kFirstAgent);
  Connect(kSecondAgent);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  EXPECT_NE(Renew(kSecondAgent), 0u);
  Head(3);
  EXPECT_EQ(table_->released(), 0u);
  Ack(kFirstAgent, 3);
  EXPECT_EQ(table_->released(), 0u);
  Ack(kSecondAgent, 2);
  EXPECT_EQ(table_->released(), 2u);
  Ack(kSecondAgent, 3);
  EXPECT_EQ(table_->released(), 3u);
}

TEST_F(LeaseTableTest, ALeaseLastsTtlAndMarginAndNotAMomentLess) {
  Connect(kFirstAgent);
  Renew(kFirstAgent);
  Head(1);
  Wait(kTableTtl + kMargin - 1);
  EXPECT_EQ(table_->released(), 0u);
  EXPECT_EQ(table_->NextEvent(Now()), Now() + 1'000'000);
  Wait(1);
  EXPECT_EQ(table_->released(), 1u);
  EXPECT_EQ(table_->NextEvent(Now()), std::nullopt);
}

TEST_F(LeaseTableTest, ALeaseSurvivesTheConnection) {
  Connect(kFirstAgent);
  Renew(kFirstAgent);
  table_->Disconnect(kFirstAgent, Now());
  Head(1);
  Wait(kTableTtl);
  EXPECT_EQ(table_->released(), 0u);
  EXPECT_EQ(table_->rows().size(), 1u);
  Wait(kMargin);
  EXPECT_EQ(table_->released(), 1u);
  EXPECT_TRUE(table_->rows().empty());
}

TEST_F(LeaseTableTest, NoLeaseForWhoIsBehindWhatIsReleased) {
  Head(5);
  Connect(kFirstAgent, 4);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Ack(kFirstAgent, 5);
  EXPECT_NE(Renew(kFirstAgent), 0u);
}

// Otherwise a sequence of entries, each faster than the agent's round trip, keeps it out for ever.
TEST_F(LeaseTableTest, WhatComesAfterAnAgentAskedInVainWaitsUntilItHasCaughtUp) {
  Head(5);
  Connect(kFirstAgent, 4);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(6);
  EXPECT_EQ(table_->released(), 5u);
  Ack(kFirstAgent, 6);
  EXPECT_EQ(table_->released(), 6u) << "it has what the call waits for";
  Head(7);
  EXPECT_EQ(table_->released(), 6u);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  Ack(kFirstAgent, 7);
  EXPECT_EQ(table_->released(), 7u);
}

TEST_F(LeaseTableTest, WhoAsksAndNeverAcknowledgesHoldsUpHalfATtlAndNotAgainForFour) {
  Head(5);
  Connect(kFirstAgent, 4);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(6);
  Wait(kTableTtl / 2 - 1);
  EXPECT_EQ(Renew(kFirstAgent), 0u) << "asks again";
  EXPECT_EQ(table_->released(), 5u);
  EXPECT_EQ(table_->NextEvent(Now()), Now() + 1'000'000);
  Wait(1);
  EXPECT_EQ(table_->released(), 6u);
  EXPECT_EQ(table_->NextEvent(Now()), std::nullopt);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(7);
  EXPECT_EQ(table_->released(), 7u);
  Wait(4 * kTableTtl);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(8);
  EXPECT_EQ(table_->released(), 7u) << "its turn again";
}

TEST_F(LeaseTableTest, NobodyWaitsForWhoJoinedAndIsGone) {
  Head(5);
  Connect(kFirstAgent, 4);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(6);
  table_->Disconnect(kFirstAgent, Now());
  table_->Settle(Now());
  EXPECT_EQ(table_->released(), 6u);
}

// However many agents ask at different times, a call never waits for those that asked after it
// began.
TEST_F(LeaseTableTest, WhoAsksAfterACallDoesNotHoldItUp) {
  Head(5);
  Connect(kFirstAgent, 4);
  Connect(kSecondAgent, 4);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(6);
  Wait(kTableTtl / 4);
  EXPECT_EQ(Renew(kSecondAgent), 0u);
  Wait(kTableTtl / 4);
  EXPECT_EQ(table_->released(), 6u);
  Head(7);
  EXPECT_EQ(table_->released(), 6u);
  Wait(kTableTtl / 4);
  EXPECT_EQ(table_->released(), 7u);
}

TEST_F(LeaseTableTest, NoRenewalForWhoOwesAnAcknowledgementForHalfATtl) {
  Connect(kFirstAgent);
  Renew(kFirstAgent);
  Head(1);
  Wait(kTableTtl / 2 - 1);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  Head(2);
  Wait(1);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Ack(kFirstAgent, 1);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  Wait(kTableTtl / 2);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Ack(kFirstAgent, 2);
  EXPECT_NE(Renew(kFirstAgent), 0u);
}

TEST_F(LeaseTableTest, AFaultDelaysByAtMostOneAndAHalfTtlAndMargin) {
  Connect(kFirstAgent);
  Renew(kFirstAgent);
  Head(1);
  int64_t waited = 0;
  while (!Answerable(1)) {
    Renew(kFirstAgent);  // It renews and never acknowledges.
    Wait(10);
    waited += 10;
  }
  EXPECT_LE(waited, kTableTtl * 3 / 2 + kMargin);
}

TEST_F(LeaseTableTest, TheEpochGoesOnOnlyWhileTheLeaseDoes) {
  Connect(kFirstAgent);
  const uint64_t first = Renew(kFirstAgent);
  Wait(kTableTtl + kMargin - 1);
  EXPECT_EQ(Renew(kFirstAgent), first);
  Wait(kTableTtl + kMargin);
  const uint64_t second = Renew(kFirstAgent);
  EXPECT_NE(second, first);
  EXPECT_NE(second, 0u);
  table_->Disconnect(kFirstAgent, Now());
  Connect(kFirstAgent, 0);
  EXPECT_EQ(Renew(kFirstAgent), second);
  table_->Disconnect(kFirstAgent, Now());
  Wait(kTableTtl + kMargin);
  Connect(kFirstAgent, 0);
  EXPECT_NE(Renew(kFirstAgent), second);
}

TEST_F(LeaseTableTest, ACopiedTokenInAnotherProcessIsAnotherAgent) {
  Connect(kFirstAgent);
  const uint64_t one = Renew(kFirstAgent);
  Connect(kSecondAgent);
  EXPECT_NE(Renew(kSecondAgent), one);
  Head(1);
  Ack(kSecondAgent, 1);
  EXPECT_EQ(table_->released(), 0u) << "the first one's lease still counts";
}

TEST_F(LeaseTableTest, ANewConnectionUnderLeaseMustAcknowledgeForItself) {
  Head(5);
  Connect(kFirstAgent, 5);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  // It begins anew from a snapshot; the lease may still be in the old file, which has 5.
  Connect(kFirstAgent, 0);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Head(6);
  EXPECT_EQ(table_->released(), 5u);
  Ack(kFirstAgent, 6);
  EXPECT_EQ(table_->released(), 6u);
  EXPECT_NE(Renew(kFirstAgent), 0u);
}

TEST_F(LeaseTableTest, AHelloUnderLeaseProvesNoMoreThanWasAcknowledged) {
  Connect(kFirstAgent);
  Renew(kFirstAgent);
  Head(1);
  // The present file has the entry, but another file in which the lease is may not have it.
  Connect(kFirstAgent, 1);
  EXPECT_EQ(table_->released(), 0u);
  Ack(kFirstAgent, 1);
  EXPECT_EQ(table_->released(), 1u);
}

TEST_F(LeaseTableTest, AfterAStartNothingIsAnsweredBeforeOldLeasesHaveLapsed) {
  Restart(7, 1300);
  EXPECT_EQ(table_->released(), 7u);
  EXPECT_FALSE(Answerable(7)) << "an Agent of the server before may not have it";
  Connect(kFirstAgent, 6);
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  Ack(kFirstAgent, 7);
  EXPECT_NE(Renew(kFirstAgent), 0u);
  Head(8);
  Ack(kFirstAgent, 8);
  EXPECT_EQ(table_->NextEvent(Now()), Now() + 1300 * 1'000'000LL);
  Wait(1299);
  EXPECT_EQ(table_->released(), 7u);
  EXPECT_FALSE(Answerable(7));
  Wait(1);
  EXPECT_TRUE(Answerable(8));
}

TEST_F(LeaseTableTest, AnUnknownAgentGetsNothing) {
  EXPECT_EQ(Renew(kFirstAgent), 0u);
  table_->Acknowledge(kFirstAgent, 1);
  table_->Disconnect(kFirstAgent, Now());
  EXPECT_TRUE(table_->rows().empty());
}

// ---- A thousand agents acknowledge each entry.

TEST_F(LeaseTableTest, OnlyTheLastOfManyAcknowledgementsCanReleaseAndTheTableSaysWhichItIs) {
  for (const InstanceId& agent : {kFirstAgent, kSecondAgent}) {
    Connect(agent);
    ASSERT_NE(Renew(agent), 0u);
  }
  Head(3);
  EXPECT_FALSE(table_->Acknowledge(kFirstAgent, 3));
  EXPECT_EQ(table_->released(), 0u);
  EXPECT_TRUE(table_->Acknowledge(kSecondAgent, 3));
  table_->Settle(Now());
  EXPECT_EQ(table_->released(), 3u);
}

// What I1 allows, by a look at all rows.
uint64_t AllowedByRows(const LeaseTable& table, int64_t now) {
  uint64_t allowed = table.head();
  for (const auto& [agent, row] : table.rows()) {
    if (now < row.expiry_nanos) allowed = std::min(allowed, row.acknowledged);
    if (row.connected && now < row.joins_until) {
      allowed = std::min(allowed, std::max(row.joins_at, row.acknowledged_here));
    }
  }
  return std::max(allowed, table.released());
}

TEST_F(LeaseTableTest, WhateverHappensAllIsReleasedThatTheRowsAllowAndNoMore) {
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](uint64_t bound) { return random() % bound; };
    Restart(0, 0);
    for (int step = 0; step < 200; ++step) {
      const InstanceId agent{static_cast<uint8_t>(1 + below(5))};
      const auto row = table_->rows().find(agent);
      const bool connected = row != table_->rows().end() && row->second.connected;
      const uint64_t before = table_->released();
      switch (below(8)) {
        case 0:
          Head(table_->head() + 1 + below(3));
          break;
        case 1:
          Connect(agent, below(2) == 0 ? 0 : table_->released());
          break;
        case 2:
          table_->Disconnect(agent, Now());
          table_->Settle(Now());
          break;
        case 3:
          Wait(static_cast<int64_t>(below(400)));
          break;
        case 4:
          if (connected) Renew(agent);
          table_->Settle(Now());
          break;
        case 5:
          if (below(20) == 0) table_->EndLeases(table_->released());
          table_->Settle(Now());
          break;
        default:
          // As the feed does it: nothing more is done where the table says that it would be in
          // vain.
          if (connected &&
              table_->Acknowledge(agent,
                                  table_->head() - std::min(table_->head(), below(2) * below(2)))) {
            table_->Settle(Now());
          }
          break;
      }
      ASSERT_GE(table_->released(), before);
      ASSERT_EQ(table_->released(), AllowedByRows(*table_, Now())) << "step " << step;
    }
  }
}

// ---- With other servers.

TEST_F(LeaseTableTest, WhoWasTakenForDeadHasNoLeaseAndItsAgentsBeginNewEpochs) {
  Connect(kFirstAgent);
  Connect(kSecondAgent);
  const uint64_t epoch = Renew(kFirstAgent);
  ASSERT_NE(Renew(kSecondAgent), 0u);
  EXPECT_TRUE(table_->HasLeases(Now()));
  table_->Disconnect(kSecondAgent, Now());
  table_->EndLeases(7);
  EXPECT_FALSE(table_->HasLeases(Now()));
  EXPECT_EQ(table_->rows().size(), 1u) << "of one that is not connected nothing is left";
  EXPECT_EQ(Renew(kFirstAgent), 0u) << "it has less than what is held from now on";
  Ack(kFirstAgent, 7);
  const uint64_t next = Renew(kFirstAgent);
  EXPECT_NE(next, 0u);
  EXPECT_NE(next, epoch) << "the old one was still to last for a while";
}

}  // namespace
}  // namespace sallyport::feed
