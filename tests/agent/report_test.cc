#include "agent/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The report of an Agent without any problem.
Report Healthy() {
  Report report;
  report.connected = report.following = true;
  report.lease_millis_left = 1500;
  report.replica_status.keys = 1;
  report.replica_status.live_keys = {{"https://a", 1}};
  return report;
}

TEST(ReportTest, HealthyIsWhoseGatesCanAllow) {
  EXPECT_THAT(ProblemsOf(Healthy()), IsEmpty());
  EXPECT_THAT(WarningsOf(Healthy()), IsEmpty());
  EXPECT_TRUE(IsHealthy(ToJson(Healthy())));
  EXPECT_EQ(ToHealth(Healthy()), "");
  EXPECT_THAT(ToMetrics(Healthy()), HasSubstr("sallyport_agent_healthy 1\n"));
}

TEST(ReportTest, MetricsHaveTheirTypesAndExactNumbers) {
  Report report = Healthy();
  report.counters.grants = 3;
  report.replica_status.entries = 12'345'678;
  const std::string text = ToMetrics(report);
  EXPECT_THAT(text, HasSubstr("# TYPE sallyport_agent_grants_total counter\n"
                              "sallyport_agent_grants_total 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sallyport_agent_entries gauge\n"
                              "sallyport_agent_entries 12345678\n"));
  EXPECT_THAT(text, HasSubstr("sallyport_agent_lease_seconds 1.5\n"));
}

TEST(ReportTest, WithoutALeaseItSaysWhy) {
  Report report = Healthy();
  report.lease_millis_left = 0;
  report.refusal = "the store was restored from a backup";
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("restored from a backup")));
  report.refusal.clear();
  report.replica_status.snapshot_under_way = true;
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("a snapshot is under way")));
  report.connected = false;
  report.last_error = "no space for 1048576 bytes of Replica";
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("no space for 1048576 bytes")));
  EXPECT_FALSE(IsHealthy(ToJson(report)));
  EXPECT_THAT(ToMetrics(report), HasSubstr("sallyport_agent_healthy 0\n"));
}

TEST(ReportTest, ALeaseOnAFileThatIsGoneIsNoHealth) {
  Report report = Healthy();
  report.replica_status.problem = "/run/sallyport/replica: was removed or replaced";
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("was removed or replaced")));
  EXPECT_THAT(ToHealth(report), HasSubstr("was removed or replaced"));
  EXPECT_FALSE(IsHealthy(ToJson(report)));
  EXPECT_THAT(ToMetrics(report), HasSubstr("sallyport_agent_replica_in_place 0\n"));
}

TEST(ReportTest, ALeaseWithoutALiveKeyIsNoHealth) {
  Report report = Healthy();
  report.replica_status.live_keys = {{"https://a", 0}, {"https://b", 0}};
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("every key is withdrawn")));
  report.replica_status.keys = 0;
  report.replica_status.live_keys.clear();
  EXPECT_THAT(ProblemsOf(report), ElementsAre(HasSubstr("no key")));
}

TEST(ReportTest, AnIssuerWithoutALiveKeyIsNamedWhereOthersAreServed) {
  Report report = Healthy();
  report.replica_status.live_keys["https://b"] = 0;
  EXPECT_THAT(ProblemsOf(report), IsEmpty());
  EXPECT_THAT(WarningsOf(report), ElementsAre(HasSubstr("every key of https://b is withdrawn")));
  EXPECT_THAT(ToJson(report), HasSubstr("https://b"));
}

TEST(ReportTest, AServerWhoseClockIsElsewhereIsTold) {
  Report report = Healthy();
  report.server_ahead_millis = 172'800'000;
  EXPECT_THAT(WarningsOf(report), ElementsAre(HasSubstr("172800 s ahead of")));
  report.server_ahead_millis = -172'800'000;
  EXPECT_THAT(WarningsOf(report), ElementsAre(HasSubstr("172800 s behind")));
  report.server_ahead_millis = 900;
  EXPECT_THAT(WarningsOf(report), IsEmpty());
}

TEST(ReportTest, NothingBadIsMadeOfAStatusThatIsNone) {
  for (const char* text : {"", "{}", "[]", "{\"healthy\":1}", "{\"holds_lease\":true}"}) {
    EXPECT_FALSE(IsHealthy(text)) << text;
  }
}

}  // namespace
}  // namespace sallyport::agent
