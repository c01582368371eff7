// Several servers of one database: who may be there, what each holds back, and what they tell one
// another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <limits>
#include <thread>

#include "base/error_codes.h"
#include "postgres_fixture.h"
#include "store/server_time.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST_F(PostgresTest, WhoeverMustBeAloneIsRefusedBesideAServerAndSoIsAServerBesideHim) {
  {
    const auto server = Open({.period = milliseconds(400)});
    EXPECT_THAT(Refusal({.alone = true}, "other"), HasSubstr("one of the two must be alone"));
    ASSERT_TRUE(Put(*server, "k", "v").ok()) << "the first one goes on";
  }
  const auto command = Open({.period = milliseconds(400), .alone = true});
  EXPECT_THAT(Refusal({}, "other"), HasSubstr("one of the two must be alone"));
  EXPECT_THAT(Refusal({.alone = true}, "other"), HasSubstr("one of the two must be alone"));
}

TEST_F(PostgresTest, AnOrderlyEndLetsTheNextOneStartAtOnce) {
  Open({.alone = true}).reset();
  const auto begun = std::chrono::steady_clock::now();
  Open({.alone = true}, "other").reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(3));
}

TEST_F(PostgresTest, AfterACrashWhoeverMustBeAloneWaitsUntilTheLastMustHaveEnded) {
  Open().reset();
  AddDeadServer(1000);
  const auto begun = std::chrono::steady_clock::now();
  const auto store = Open({.alone = true});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(1300));
  EXPECT_TRUE(store->may_grant());
}

TEST_F(PostgresTest, WhoeverMustBeAloneAndWasTakenForDeadEndsAndAnswersNothing) {
  std::atomic<bool> lost{false};
  const auto store = Open(
      {.period = milliseconds(400), .alone = true, .on_lost = [&](const auto&) { lost = true; }});
  ASSERT_TRUE(store->may_grant());
  Sql("DELETE FROM sallyport.servers; INSERT INTO sallyport.servers(id, counter, holds, "
      "period_millis, alone, settled) VALUES('other', 1, 0, 4000, true, false)");
  ASSERT_TRUE(Soon([&] { return lost.load(); }));
  EXPECT_FALSE(store->may_grant());
  const auto get = store->Get("k");
  ASSERT_FALSE(get.ok());
  EXPECT_EQ(get.error().code, base::code::kServiceUnavailable);
}

TEST_F(PostgresTest, AServerHoldsBackWhatTheOthersMayRelease) {
  const auto one = Open({}, "one");
  EXPECT_EQ(BeatOf(*one).others_hold, kNobodyHolds);
  const auto other = Open({}, "other");
  other->peers()->TakeOver();
  Append(*one, "f");
  EXPECT_EQ(BeatOf(*one).others_hold, 0U) << "what the log was when the other one came";
  other->peers()->Hold(1, true);
  EXPECT_TRUE(Soon([&] { return BeatOf(*one).others_hold == 1; }));
  one->peers()->Hold(1, true);
  one->peers()->Hold(0, true);
  EXPECT_TRUE(Soon([&] { return BeatOf(*other).others_hold == 1; })) << "it never falls";
  EXPECT_TRUE(Soon([&] { return one->peers()->Seen().others_settled; }));
}

TEST_F(PostgresTest, AServerThatIsStartingHoldsNothingBackThatItHasApplied) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  Append(*one, "f");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(Soon([&] { return BeatOf(*one).others_hold == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(700));
}

TEST_F(PostgresTest, ADeadServerHoldsBackUntilItMustHaveEndedAndThenItsRowIsRemoved) {
  const auto store = Open({.period = milliseconds(400)});
  Append(*store, "f");
  const auto begun = std::chrono::steady_clock::now();
  AddDeadServer(400);
  EXPECT_EQ(BeatOf(*store).others_hold, 0U);
  EXPECT_TRUE(Soon([&] { return BeatOf(*store).others_hold == kNobodyHolds; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(400 + 100 + 50));
}

TEST_F(PostgresTest, AServerThatWasTakenForDeadRegistersAnewAndKnowsIt) {
  const auto store = Open({.period = milliseconds(400)});
  Append(*store, "f");
  const PeersSeen before = BeatOf(*store);
  EXPECT_EQ(before.registration, 1U);
  Sql("DELETE FROM sallyport.servers");
  ASSERT_TRUE(Soon([&] { return store->peers()->Seen().registration == 2; }));
  EXPECT_EQ(store->peers()->Seen().holds_from, 1U);
  EXPECT_EQ(Sql("SELECT holds FROM sallyport.servers"), "1");
  EXPECT_TRUE(Put(*store, "k", "v").ok()) << "and goes on";
}

TEST_F(PostgresTest, OneServerFollowsWhatAnotherAppends) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  std::atomic<uint64_t> told{0};
  other->OnAppend([&](revocation::LogPosition head) { told = head.sequence; });
  Append(*one, "f");
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(Soon([&] { return told == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(700)) << "it is told at once";
  EXPECT_EQ(other->Head(), one->Head());
  EXPECT_EQ(other->ReadLog(0, 10)->at(0).revocation.subject, "f");
  // Both append in turns.
  for (int i = 0; i < 20; ++i) Append(i % 2 == 0 ? *one : *other, "f" + std::to_string(i));
  ASSERT_TRUE(Soon([&] { return one->Head().sequence == 21 && other->Head() == one->Head(); }));
  EXPECT_EQ(other->ReadLog(0, 100)->size(), 21U);
  other->OnAppend(nullptr);
}

TEST_F(PostgresTest, OneServerOfSeveralRunsTheJobsAndAnotherTakesThemOver) {
  auto one = Open({.period = milliseconds(400)}, "one");
  EXPECT_TRUE(one->runs_jobs());
  const auto other = Open({.period = milliseconds(400)}, "other");
  EXPECT_FALSE(other->runs_jobs());
  one.reset();
  EXPECT_TRUE(Soon([&] { return other->runs_jobs(); }));
}

TEST_F(PostgresTest, WhatOneServerFindsOutAboutARestoreTheOthersKnowByTheirNextBeat) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  ASSERT_TRUE(one->MarkRestored("an agent is ahead").ok());
  (void)BeatOf(*other);
  EXPECT_TRUE(other->is_restored());
  EXPECT_EQ(other->restored_reason(), "an agent is ahead");
}

TEST_F(PostgresTest, EachStartOfEachServerRaisesTheGeneration) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  EXPECT_GT(other->lineage().generation, one->lineage().generation);
  const uint64_t before = other->lineage().generation;
  Open({}, "one-more").reset();
  EXPECT_GT(Open({}, "another")->lineage().generation, before + 1);
}

TEST_F(PostgresTest, WhatAnotherServerHasForgottenByIsKnownBeforeABeatCounts) {
  const auto one = Open({}, "one");
  const auto other = Open({}, "other");
  std::atomic<bool> told{false};
  other->OnTime([&](const std::string& time, const std::string&) { told = time == "1 2 3"; });
  ASSERT_TRUE(Put(*one, std::string(kTimeRecord), "1 2 3").ok());
  (void)BeatOf(*other);
  EXPECT_TRUE(told);
  other->OnTime(nullptr);
}

}  // namespace
}  // namespace sallyport::store
