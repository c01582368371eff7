// What stands in the table.
#include "sink/items.h"

#include <gmock/gmock.h>

#include "sink/report.h"

namespace sallyport::sink {
namespace {

using revocation::Kind;
using revocation::Revocation;

TEST(SinkItemsTest, APositionIsReadAsItWasWritten) {
  Position position;
  position.log.fill(0xab);
  position.position.sequence = 18'446'744'073'709'551'615U;
  position.position.hash.fill(0x01);
  position.mark.fill(0xff);
  EXPECT_EQ(FromItem(ToItem(position)), position);
  EXPECT_EQ(ToItem(position).ttl, std::nullopt) << "DynamoDB must never delete it";
}

TEST(SinkItemsTest, AnItemThatIsNotAPositionIsNone) {
  for (const char* name : {"log", "sequence", "hash", "mark"}) {
    dynamodb::Item item = ToItem(Position());
    item.texts[name] = "x";
    EXPECT_EQ(FromItem(item), std::nullopt) << name;
    item.texts.erase(name);
    EXPECT_EQ(FromItem(item), std::nullopt) << name;
  }
  dynamodb::Item item = ToItem(Position());
  item.texts["sequence"] = "-1";
  EXPECT_EQ(FromItem(item), std::nullopt);
}

TEST(SinkItemsTest, WhatATokenCanBeLookedUpByBecomesAnItem) {
  const std::vector<Revocation> entries = {{Kind::kFamily, "f", "", 1},
                                           {Kind::kEvent, "e", "", 2},
                                           {Kind::kJti, "j", "", 3},
                                           {Kind::kClient, "c", "", 4},
                                           {Kind::kPool, "https://p", "", 5},
                                           {Kind::kKeyPublished, "https://p k", "{}", 6},
                                           {Kind::kKeyWithdrawn, "https://p k", "", 7}};
  const auto groups = ToItems(entries);
  ASSERT_EQ(groups.size(), 1u);
  std::vector<std::string> seen;
  for (const auto& item : groups[0]) {
    seen.push_back(item.texts.at("kind") + " " + item.key + " " + std::to_string(*item.ttl));
  }
  EXPECT_THAT(seen, testing::ElementsAre("family f 1", "event e 2", "jti j 3", "client c 4",
                                         "pool https://p 5"));
}

TEST(SinkItemsTest, GroupsFitIntoOneCallAndNeverHaveAKeyTwice) {
  std::vector<Revocation> entries;
  for (int i = 0; i < 60; ++i) entries.push_back({Kind::kJti, std::to_string(i), "", i});
  entries.insert(entries.begin() + 5, Revocation{Kind::kJti, "2", "", 1000});
  const auto groups = ToItems(entries);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].size(), dynamodb::kMostPuts);
  EXPECT_EQ(groups[0][2].ttl, 1000) << "the later one";
  EXPECT_EQ(groups[0].size() + groups[1].size() + groups[2].size(), 60u);
  EXPECT_EQ(groups[2].back().key, "59");
}

TEST(SinkItemsTest, EntriesWithoutItemsNeedNoCall) {
  EXPECT_TRUE(ToItems(std::vector<Revocation>{{Kind::kKeyPublished, "p k", "{}", 6}}).empty());
}

TEST(SinkItemsTest, NoAttributeOfTheTableHasTwoMeanings) {
  const auto why = [](const char* key, const char* ttl) {
    return WhyNoNames({"https://dynamodb.example", "eu-west-1", "revoked", key, ttl});
  };
  EXPECT_EQ(why("id", "ttl"), "");
  EXPECT_EQ(why("id", ""), "");
  EXPECT_THAT(why("id", "id"), testing::HasSubstr("the same attribute"));
  for (const char* const name : {"kind", "log", "sequence", "hash", "mark"}) {
    EXPECT_THAT(why(name, "ttl"), testing::HasSubstr(name));
    EXPECT_THAT(why("id", name), testing::HasSubstr(name));
  }
}

TEST(SinkReportTest, EachReasonForATableThatIsBehindIsAProblem) {
  Report report;
  report.connected = report.following = report.holds_lease = true;
  EXPECT_EQ(ProblemsOf(report), "");
  report.holds_lease = false;
  EXPECT_NE(ProblemsOf(report), "");
  report.leases = false;
  EXPECT_EQ(ProblemsOf(report), "");
  report.lag_millis = 6'000;
  EXPECT_NE(ProblemsOf(report), "");
  report.lag_millis = 0;
  report.table_problem = "throttled";
  EXPECT_THAT(ProblemsOf(report), testing::HasSubstr("throttled"));
  report.table_problem.clear();
  report.following = false;
  EXPECT_NE(ProblemsOf(report), "");
  report.connected = false;
  EXPECT_NE(ProblemsOf(report), "");
}

}  // namespace
}  // namespace sallyport::sink
