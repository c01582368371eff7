#include "http1/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sallyport::http1 {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Date, IsOfTheFormThatHttpHas) {
  EXPECT_EQ(FormatDate(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(FormatDate(1'709'164'799), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(FormatDate(1'709'164'800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(Answer, HasTheDateOfTheClockThatItIsGiven) {
  base::ManualClock clock(784'111'777'999);
  EXPECT_EQ(FormatHead({.status = 200,
                        .body_bytes = 3,
                        .content_type = "a/b",
                        .fields = "C: d\r\n",
                        .keep_alive = true},
                       clock),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 3\r\n"
            "Content-Type: a/b\r\nC: d\r\n\r\n");
  clock.AdvanceMillis(1);
  EXPECT_THAT(FormatHead({}, clock), HasSubstr("\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
  // The wall clock may be set back.
  clock.StepWallMillis(-60'000);
  EXPECT_THAT(FormatHead({}, clock), HasSubstr("\r\nDate: Sun, 06 Nov 1994 08:48:38 GMT\r\n"));
}

TEST(Answer, OfWhatIsRefusedHasADateAndWordsAndClosesTheConnection) {
  const base::ManualClock clock(784'111'777'000);
  const std::string answer = FormatRefusal({400, "the Host field is missing"}, clock);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\nDate: Sun, 06 Nov 1994 "));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nBad Request: the Host field is missing\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 39\r\n"));
}

}  // namespace
}  // namespace sallyport::http1
