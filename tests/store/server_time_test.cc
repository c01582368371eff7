#include "store/server_time.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "backend.h"
#include "base/clock.h"

namespace sallyport::store {
namespace {

constexpr int64_t kOneDay = 86'400;

class ServerTimeTest : public testing::Test {
 protected:
  ServerTimeTest() : backend_(Backends().front().make()) { Open(); }
  void Open() {
    store_ = backend_->Open().value();
    time_ = ServerTime::Open(*store_, clock_).value();
  }
  void Close() {
    time_.reset();
    store_.reset();
  }
  void Run(int64_t minutes) {
    clock_.AdvanceMillis(minutes * 60'000);
    ASSERT_TRUE(time_->Tick().ok());
  }
  void Append(int64_t keep_until) {
    ASSERT_TRUE(store_
                    ->UpdateLog([&](LogTx& tx) {
                      return tx.Append({revocation::Kind::kFamily, "f", "", keep_until});
                    })
                    .ok());
  }
  TimeRecord Record() { return ReadTimeRecord(*store_).value(); }
  int64_t Now() const { return clock_.WallSeconds(); }

  base::ManualClock clock_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ServerTime> time_;
};

TEST_F(ServerTimeTest, IsTheHostsTimeAsLongAsThatGoesOn) {
  Run(3 * 1440);
  EXPECT_EQ(time_->WallMillis(), clock_.WallMillis());
  EXPECT_EQ(time_->SecondsAhead(), 0);
  EXPECT_LE(time_->forget_before().seconds(), Now());
}

TEST_F(ServerTimeTest, IsNeverBehindWhatWasForgottenBy) {
  Run(3 * 1440);
  const int64_t forgotten = time_->forget_before().seconds();
  clock_.StepWallMillis(-2 * kOneDay * 1000);
  EXPECT_EQ(time_->WallSeconds(), forgotten);
  EXPECT_EQ(time_->SecondsAhead(), forgotten - Now());
  Run(1);
  EXPECT_EQ(time_->WallSeconds(), forgotten) << "it stands still";
  EXPECT_LE(time_->forget_before().seconds(), Now());
  Close();
  Open();
  EXPECT_EQ(time_->WallSeconds(), forgotten) << "also after a restart";
  EXPECT_LE(time_->forget_before().seconds(), Now());
}

TEST_F(ServerTimeTest, AClockThatRanAheadLeavesNothingBehind) {
  Run(3 * 1440);
  clock_.StepWallMillis(2 * kOneDay * 1000);
  Run(5);
  Close();
  Open();
  Run(5);
  clock_.StepWallMillis(-2 * kOneDay * 1000);
  EXPECT_EQ(time_->WallMillis(), clock_.WallMillis());
  EXPECT_EQ(time_->SecondsAhead(), 0);
}

TEST_F(ServerTimeTest, WhatIsActedOnIsDurableBefore) {
  Run(3 * 1440);
  EXPECT_EQ(Record().forget_before, time_->forget_before().seconds());
  EXPECT_GE(Record().forgotten, time_->forget_before().seconds());
  const int64_t before = time_->forget_before().seconds();
  Close();
  Open();
  EXPECT_EQ(time_->forget_before().seconds(), before);
}

TEST_F(ServerTimeTest, NothingMayBeForgottenBeforeTheFirstTick) {
  EXPECT_LE(time_->forget_before().seconds(), 0);
}

TEST_F(ServerTimeTest, EveryIssueIsKnownToTheStoreFirst) {
  const uint64_t commits = store_->Commits();
  ASSERT_TRUE(time_->PrepareToIssue(Now()).ok());
  EXPECT_GE(Record().latest_issue, Now());
  EXPECT_EQ(store_->Commits(), commits + 1);
  ASSERT_TRUE(time_->PrepareToIssue(Now()).ok());
  ASSERT_TRUE(time_->PrepareToIssue(Now() + 100).ok());
  EXPECT_EQ(store_->Commits(), commits + 1) << "seldom commits";
  clock_.StepWallMillis(2 * kOneDay * 1000);
  ASSERT_TRUE(time_->PrepareToIssue(Now()).ok());
  const int64_t latest = Record().latest_issue;
  EXPECT_GE(latest, Now());
  clock_.StepWallMillis(-2 * kOneDay * 1000);
  ASSERT_TRUE(time_->PrepareToIssue(Now()).ok());
  Run(1);
  EXPECT_EQ(Record().latest_issue, latest) << "it never falls";
}

TEST_F(ServerTimeTest, ManyWhoIssueAtOnceWriteOnce) {
  const uint64_t commits = store_->Commits();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(time_->PrepareToIssue(Now()).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->Commits(), commits + 1);
}

TEST_F(ServerTimeTest, AnUpgradedStoreWatchesItsEntriesAnew) {
  Append(Now() + 3600);
  Append(revocation::kNever);
  ASSERT_TRUE(store_->Update([](Tx& tx) { return tx.Delete(kTimeRecord); }).ok());
  Close();
  clock_.StepWallMillis(5 * kOneDay * 1000);
  const int64_t keep_until = Now() - 5 * kOneDay + 3600;
  Open();
  EXPECT_EQ(Record().forget_before, keep_until - kGreatestRetentionSeconds);
}

TEST_F(ServerTimeTest, ADamagedRecordIsNotTakenForNone) {
  ASSERT_TRUE(store_->Update([](Tx& tx) { return tx.Put(kTimeRecord, "tomorrow", {}); }).ok());
  EXPECT_FALSE(ServerTime::Open(*store_, clock_).ok());
}

TEST_F(ServerTimeTest, WhatWasWatchedIsMovedByNoWallClockAndGoesOnAfterARestart) {
  const int64_t begin = time_->watched().millis();
  EXPECT_EQ(begin, clock_.WallMillis());
  clock_.StepWallMillis(40 * kOneDay * 1000);
  EXPECT_EQ(time_->watched().millis(), begin);
  Run(10);
  EXPECT_EQ(time_->watched().millis(), begin + 600'000);
  Close();
  clock_.StepWallMillis(-80 * kOneDay * 1000);
  Open();
  EXPECT_EQ(time_->watched().millis(), begin + 600'000);
  clock_.AdvanceMillis(1500);
  EXPECT_EQ(time_->watched().millis(), begin + 601'500);
}

TEST_F(ServerTimeTest, AnOlderStoreBeginsWithTheTimeOfDayHoweverLongItWasDownBefore) {
  const auto begins = [&](bool has_record) {
    EXPECT_TRUE(store_
                    ->Update([&](Tx& tx) -> base::Status {
                      if (!has_record) SALLYPORT_TRY(tx.Delete(kTimeRecord));
                      return tx.Delete(kWatchedRecord);
                    })
                    ->outcome);
    Close();
    Open();
    return time_->watched().millis();
  };
  Append(Now() + 60);  // the head, which is never pruned
  Close();
  clock_.StepWallMillis(30 * kOneDay * 1000);
  Open();
  Run(60);
  EXPECT_LT(Record().forget_before, Now() - 20 * kOneDay);
  EXPECT_EQ(begins(true), clock_.WallMillis());
  EXPECT_EQ(begins(false), clock_.WallMillis());
}

}  // namespace
}  // namespace sallyport::store
