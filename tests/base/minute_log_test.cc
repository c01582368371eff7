#include "base/minute_log.h"

#include <gtest/gtest.h>

namespace sallyport::base {
namespace {

TEST(MinuteLog, HasALineAMinuteForEachOperationThatTellsHowManyItStandsFor) {
  ManualClock clock;
  MinuteLog log(clock);
  EXPECT_EQ(log.Note("SignUp"), 1u);
  for (int i = 0; i < 99; ++i) EXPECT_FALSE(log.Note("SignUp"));
  EXPECT_EQ(log.Note("InitiateAuth"), 1u);
  clock.AdvanceMillis(59'999);
  EXPECT_FALSE(log.Note("SignUp"));
  clock.AdvanceMillis(1);
  EXPECT_EQ(log.Note("SignUp"), 101u);
  EXPECT_FALSE(log.Note("SignUp"));
}

}  // namespace
}  // namespace sallyport::base
