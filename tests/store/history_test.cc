// What a server knows of its store's history, and how ids and ranges are written down for both
// backends.
#include "store/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/index_range.h"
#include "store/log_bytes.h"

namespace sallyport::store {
namespace {

using ::testing::ElementsAre;

Lineage Third() {
  return {.store = {1}, .log = {3}, .past = {{1}, {2}}, .generation = 7};
}

TEST(HistoryTest, ARecoveryPutsEveryIdThatWasSeenInThePastOnce) {
  Witness seen;
  seen.log = {4};
  seen.generation = 9;
  const std::string foreign = BytesOfIds({{2}, {5}});
  const auto next = NextHistory(Third(), seen, foreign, {6});
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->store, revocation::LogId{1});
  EXPECT_EQ(next->log, revocation::LogId{6});
  EXPECT_THAT(next->past,
              ElementsAre(revocation::LogId{1}, revocation::LogId{2}, revocation::LogId{3},
                          revocation::LogId{4}, revocation::LogId{5}));
  EXPECT_EQ(next->generation, 10u) << "greater than the store's and than the witness's";
}

TEST(HistoryTest, ARecoveryWithoutAWitnessGoesByTheStoreAlone) {
  const auto next = NextHistory(Third(), std::nullopt, "", {6});
  ASSERT_TRUE(next.ok());
  EXPECT_THAT(next->past,
              ElementsAre(revocation::LogId{1}, revocation::LogId{2}, revocation::LogId{3}));
  EXPECT_EQ(next->generation, 8u);
}

TEST(HistoryTest, TheFirstReasonOfARestoreHoldsUntilARecovery) {
  History history;
  history.Begin(Third(), std::nullopt, 0, 0);
  EXPECT_FALSE(history.is_restored());
  EXPECT_EQ(history.NoteRestored("first"), "first");
  EXPECT_EQ(history.NoteRestored("second"), "first");
  EXPECT_TRUE(history.is_restored());
  history.BeginAnew({.store = {1}, .log = {6}, .past = {{3}}, .generation = 8});
  EXPECT_FALSE(history.is_restored());
  EXPECT_EQ(history.restored_reason(), "");
  EXPECT_TRUE(history.IsPast({3}));
  EXPECT_FALSE(history.IsPast({6}));
}

TEST(HistoryTest, AGenerationOfBeforeARecoveryIsNotTakenForOneInTheDatabaseFile) {
  History history;
  history.Begin(Third(), std::nullopt, 200, 5);
  history.NoteCopied(8);
  EXPECT_EQ(history.MakeWitness().copied, 5u);
  history.NoteCopied(7);
  history.NoteCopied(6);
  EXPECT_EQ(history.MakeWitness().copied, 7u);
  EXPECT_EQ(history.MakeWitness().greatest_ttl_millis, 200u);
  EXPECT_FALSE(history.RaiseGreatestTtl(200));
  EXPECT_TRUE(history.RaiseGreatestTtl(201));
}

TEST(LogBytes, WhatIsNotWholeIdsIsRefused) {
  const std::string two = BytesOfIds({{1}, {2}});
  EXPECT_THAT(*IdsFrom(two, "list"), ElementsAre(revocation::LogId{1}, revocation::LogId{2}));
  EXPECT_TRUE(IdsFrom("", "list")->empty());
  EXPECT_FALSE(IdsFrom(two.substr(1), "list").ok());
  EXPECT_FALSE(IdFrom(two, "id").ok());
  EXPECT_FALSE(IdFrom("", "id").ok());
}

TEST(IndexRangeTest, BeginsBehindThePositionAndEndsBehindThePrefix) {
  const IndexRange all = RangeOf("a\xff", std::nullopt);
  EXPECT_EQ(all.sort, "a\xff");
  EXPECT_EQ(all.key, "");
  EXPECT_EQ(all.bound, "b");
  EXPECT_EQ(RangeOf("", std::nullopt).bound, "") << "no bound";
  EXPECT_EQ(RangeOf("\xff\xff", std::nullopt).bound, "") << "nothing is greater";
  const IndexRange after = RangeOf("a", ListPosition{"ab", "k"});
  EXPECT_EQ(after.sort, "ab");
  EXPECT_EQ(after.key, std::string("k\0", 2));
  const IndexRange before = RangeOf("b", ListPosition{"ab", "k"});
  EXPECT_EQ(before.sort, "b") << "a position before the prefix";
  EXPECT_EQ(before.key, "");
}

}  // namespace
}  // namespace sallyport::store
