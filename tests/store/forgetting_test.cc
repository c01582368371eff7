#include "store/forgetting.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "revocation/revocation.h"

namespace sallyport::store {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 86'400;
constexpr int64_t kStart = 1'700'000'000;

// A server that ticks each minute, on a host whose clocks the test owns.
class ForgettingTest : public testing::Test {
 protected:
  void Begin(int64_t forget_before) {
    forgetting_.emplace(forget_before, clock_.WallMillis(), clock_.MonotonicNanos());
  }
  // The server does not run while the host does.
  void Restart(int64_t down_seconds) {
    const int64_t kept = forgetting_->forget_before();
    clock_.AdvanceMillis(down_seconds * 1000);
    Begin(kept);
  }
  void Run(int64_t seconds) {
    for (; seconds > 0; seconds -= kMinute) {
      clock_.AdvanceMillis(std::min(seconds, kMinute) * 1000);
      forgetting_->Tick(clock_.WallMillis(), clock_.MonotonicNanos());
    }
  }
  void StepWall(int64_t seconds) {
    clock_.StepWallMillis(seconds * 1000);
    forgetting_->Tick(clock_.WallMillis(), clock_.MonotonicNanos());
  }
  // The wall clock goes on, the monotonic one does not.
  void Suspend(int64_t seconds) { clock_.StepWallMillis(seconds * 1000); }
  int64_t Forgotten() const { return forgetting_->forget_before(); }
  int64_t Now() const { return clock_.WallSeconds(); }

  base::ManualClock clock_{kStart * 1000};
  std::optional<Forgetting> forgetting_;
};

TEST_F(ForgettingTest, FollowsAClockThatIsRightSecondBySecond) {
  Begin(kStart);
  Run(2 * kDay);
  EXPECT_EQ(Forgotten(), Now());
}

TEST_F(ForgettingTest, ManyShortTicksLoseNoTime) {
  Begin(kStart);
  for (int i = 0; i < 4000; ++i) {
    clock_.AdvanceMillis(250);
    forgetting_->Tick(clock_.WallMillis(), clock_.MonotonicNanos());
  }
  EXPECT_EQ(Forgotten(), kStart + 1000);
}

TEST_F(ForgettingTest, AClockTwoDaysAheadForFiveMinutesForgetsFiveMinutes) {
  Begin(kStart);
  Run(kHour);
  StepWall(2 * kDay);
  Run(5 * kMinute);
  EXPECT_EQ(Forgotten(), kStart + kHour + 5 * kMinute);
  StepWall(-2 * kDay);
  EXPECT_EQ(Forgotten(), Now());
  Run(kDay);
  EXPECT_EQ(Forgotten(), Now());
}

TEST_F(ForgettingTest, AClockThatIsAheadAtAStartIsNotBelievedEither) {
  Begin(kStart);
  Run(kHour);
  const int64_t before = Forgotten();
  StepWall(2 * kDay);
  Restart(0);
  EXPECT_EQ(Forgotten(), before);
  Run(kHour);
  EXPECT_EQ(Forgotten(), before + kHour);
}

TEST_F(ForgettingTest, AClockThatIsSetBackTakesItAlong) {
  Begin(kStart);
  Run(kDay);
  StepWall(-2 * kHour);
  EXPECT_EQ(Forgotten(), Now());
  StepWall(2 * kHour);
  EXPECT_EQ(Forgotten(), Now() - 2 * kHour) << "and it does not jump when the clock does";
}

TEST_F(ForgettingTest, DowntimeIsNotWatchedAndIsMadeUpForAfterADayOfAgreement) {
  Begin(kStart);
  Run(kHour);
  Restart(3 * kDay);
  EXPECT_EQ(Forgotten(), Now() - 3 * kDay);
  Run(kGreatestRetentionSeconds - kMinute);
  EXPECT_EQ(Forgotten(), Now() - 3 * kDay);
  Run(kMinute);
  EXPECT_EQ(Forgotten(), Now() - 15 * kMinute);
  Run(kHour);
  EXPECT_EQ(Forgotten(), Now() - 15 * kMinute);
}

TEST_F(ForgettingTest, AnyStepBeginsTheDayOfAgreementAnew) {
  Begin(kStart - 10 * kDay);
  Run(kDay);
  StepWall(2 * kMinute);
  Run(kDay);
  EXPECT_LT(Forgotten(), Now() - 9 * kDay);
  Run(15 * kMinute);
  EXPECT_EQ(Forgotten(), Now() - 15 * kMinute);
}

TEST_F(ForgettingTest, ManySmallStepsThatAddUpAreNoAgreement) {
  Begin(kStart - 10 * kDay);
  for (int64_t minute = 0; minute < 2 * kDay / kMinute; ++minute) {
    Run(kMinute);
    clock_.StepWallMillis(900);
  }
  EXPECT_LT(Forgotten(), Now() - 9 * kDay);
}

TEST_F(ForgettingTest, DriftOfAnHonestClockIsAgreement) {
  Begin(kStart - 10 * kDay);
  for (int64_t minute = 0; minute < 2 * kDay / kMinute; ++minute) {
    Run(kMinute);
    clock_.StepWallMillis(6);  // 100 ppm
  }
  EXPECT_EQ(Forgotten(), Now() - 15 * kMinute);
}

TEST_F(ForgettingTest, SuspensionOfTheHostIsNotWatched) {
  Begin(kStart);
  Run(kHour);
  Suspend(8 * kHour);
  Run(kHour);
  EXPECT_EQ(Forgotten(), Now() - 8 * kHour);
  Run(kGreatestRetentionSeconds);
  EXPECT_EQ(Forgotten(), Now() - 15 * kMinute);
}

// Whatever clocks and restarts do: what is kept until t is not forgotten before the server itself
// has seen as much time pass as lay between the entry and t.
TEST_F(ForgettingTest, NothingIsForgottenBeforeItsAgeWasWatched) {
  constexpr int64_t kKept = kHour + 15 * kMinute;
  Begin(kStart);
  Run(kDay);
  for (const int64_t step : {2 * kDay, -2 * kDay, 75 * kMinute, -75 * kMinute, -kDay, kDay}) {
    const int64_t keep_until = std::max(Now(), kStart + 3 * kDay + 75 * kMinute) + kKept;
    int64_t watched = 0;
    StepWall(step);
    if (step == kDay) Restart(2 * kHour);
    for (; watched < kKept; watched += kMinute) {
      ASSERT_FALSE(keep_until < Forgotten()) << step << ' ' << watched;
      Run(kMinute);
    }
  }
}

TEST(FirstTimeRecordTest, WhatANewStoreHoldsIsWatchedForItsFullAge) {
  const TimeRecord record = FirstTimeRecord(kStart, std::nullopt);
  EXPECT_EQ(record.forget_before, kStart - kGreatestRetentionSeconds);
  EXPECT_EQ(record.forgotten, 0);
  EXPECT_EQ(record.latest_issue, 0);
}

TEST(FirstTimeRecordTest, AnUpgradedStoreBeginsBeforeItsOldestEntry) {
  EXPECT_EQ(FirstTimeRecord(kStart, kStart - kDay).forget_before,
            kStart - kDay - kGreatestRetentionSeconds);
  // Entries that were made by a clock that was ahead.
  EXPECT_EQ(FirstTimeRecord(kStart, kStart + 9 * kDay).forget_before,
            kStart - kGreatestRetentionSeconds);
}

TEST(TimeRecordTest, IsReadAsItWasWritten) {
  const TimeRecord record{1'700'000'000, 1'700'000'300, 1'700'000'900};
  EXPECT_EQ(ParseTimeRecord(ToText(record)).value(), record);
  EXPECT_EQ(ParseTimeRecord("-5 0 7").value(), (TimeRecord{-5, 0, 7}));
}

TEST(TimeRecordTest, RefusesWhatIsDamaged) {
  for (const char* text : {"", "1", "1 2", "1 2 ", "1 2 3 ", "1 2 3 4", " 1 2 3", "1  2 3", "a b c",
                           "1 2 99999999999999999999"}) {
    EXPECT_FALSE(ParseTimeRecord(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sallyport::store
