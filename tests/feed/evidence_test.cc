// What the Hello of an Agent proves: which snapshot or tail it gets, and that the store was
// restored.
#include "hub_fixture.h"

namespace sallyport::feed {
namespace {

TEST_F(HubTest, AnAgentAheadOfTheLogMeansARestoredStore) {
  auto honest = Leased(kTwo);
  Append("a");
  const Replica ahead = Marked(store_->log_id(), {2, {1, 2, 3}});
  auto pipe = Greet(kOne, ahead);
  const auto goodbye = pipe->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("sallyport recover"));
  EXPECT_TRUE(hub_->restored_store());
  // Nobody gets a lease on a log that has lost revocations.
  ASSERT_TRUE(honest->ReceiveA<Entries>());
  honest->Send(Ack{1});
  honest->Send(Renew{1});
  EXPECT_TRUE(honest->ReceiveA<NoGrant>());
  RestartHub();
  EXPECT_TRUE(hub_->restored_store());
  ASSERT_TRUE(store_->BeginHistory().ok());
  RestartHub();
  EXPECT_FALSE(hub_->restored_store());
}

TEST_F(HubTest, AnotherHashAtAKeptPositionMeansARestoredStore) {
  Append("a");
  Append("b");
  const Replica forked = Marked(store_->log_id(), {1, {1, 2, 3}});
  auto pipe = Greet(kOne, forked);
  EXPECT_TRUE(pipe->ReceiveA<Goodbye>());
  EXPECT_TRUE(hub_->restored_store());
}

// Somebody with one agent's key cannot stop the server with an invented Hello: a position that no
// server has confirmed is not believed.
TEST_F(HubTest, AClaimedPositionWithoutItsMarkIsNoAlarm) {
  Append("a");
  const revocation::LogPosition ahead{1000, {1, 2, 3}};
  const revocation::LogPosition forked{1, {1, 2, 3}};
  revocation::PositionMark garbage{};
  garbage.fill(0x5a);
  std::vector<Replica> claims;
  for (const auto& mark :
       {revocation::PositionMark{}, garbage, MarkOf(store_->log_id(), ahead, "another agent")}) {
    claims.push_back({store_->log_id(), ahead, {}, mark});
    claims.push_back({store_->log_id(), forked, {}, mark});
    claims.push_back({{7, 7, 7}, ahead, {}, mark});
  }
  // The mark that belongs to another place.
  claims.push_back({store_->log_id(), ahead, {}, MarkOf(store_->log_id(), store_->Head(), "gate")});
  for (const Replica& claim : claims) {
    auto pipe = Greet(kOne, claim);
    EXPECT_EQ(TakeSnapshot(*pipe).subjects.size(), 1u);
    pipe->Close();
  }
  EXPECT_FALSE(hub_->restored_store());
}

TEST_F(HubTest, EveryPlaceThatIsGivenComesWithItsMark) {
  Append("a");
  auto pipe = Greet(kOne);
  const Replica replica = TakeSnapshot(*pipe);
  EXPECT_EQ(replica.mark, MarkOf(store_->log_id(), store_->Head(), "gate"));
  pipe->Send(Ack{replica.position.sequence});
  Append("b");
  const auto entries = pipe->ReceiveA<Entries>();
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->mark, MarkOf(store_->log_id(), store_->Head(), "gate"));
}

TEST_F(HubTest, APlaceOfTheStoresOwnPastMeansASnapshot) {
  Append("a");
  const Replica before = Marked(store_->log_id(), {70, {1, 2, 3}});
  ASSERT_TRUE(store_->BeginHistory().ok());
  auto pipe = Greet(kOne, before);
  EXPECT_EQ(TakeSnapshot(*pipe).subjects.size(), 1u);
  EXPECT_FALSE(hub_->restored_store());
}

// The second restore of the same backup: what was recovered in between has a log of its own.
TEST_F(HubTest, AMarkedPlaceOfALogThatIsUnknownMeansARestoredStore) {
  Append("a");
  auto pipe = Greet(kOne, Marked({7, 7, 7}, {1, {1, 2, 3}}));
  const auto goodbye = pipe->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("a log that this store has never had"));
  EXPECT_TRUE(hub_->restored_store());
  ASSERT_TRUE(store_->BeginHistory().ok());
  RestartHub();
  auto again = Greet(kOne, Marked({7, 7, 7}, {1, {1, 2, 3}}));
  TakeSnapshot(*again);
  EXPECT_FALSE(hub_->restored_store()) << "recovered from it already";
}

TEST_F(HubTest, AnUnmarkedPlaceMeansASnapshotEvenWhereItIsRight) {
  Append("a");
  auto pipe = Greet(kOne, {store_->log_id(), store_->Head(), {}, {}});
  EXPECT_EQ(TakeSnapshot(*pipe).subjects.size(), 1u);
}

// The proof counts, whoever brings it: a restored store may not know that agent any more.
TEST_F(HubTest, AKeyThatIsNotEnrolledStillProvesARestoredStore) {
  Append("a");
  withdrawn_ = true;
  auto right = Greet(kOne, Marked(store_->log_id(), store_->Head()));
  auto goodbye = right->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("not enrolled"));
  EXPECT_FALSE(hub_->restored_store());
  auto ahead = Greet(kTwo, Marked(store_->log_id(), {2, {1, 2, 3}}));
  goodbye = ahead->ReceiveA<Goodbye>();
  ASSERT_TRUE(goodbye);
  EXPECT_THAT(goodbye->reason, HasSubstr("sallyport recover"));
  EXPECT_TRUE(hub_->restored_store());
}

}  // namespace
}  // namespace sallyport::feed
