#include "lambda/event.h"

#include <gtest/gtest.h>

namespace sallyport::lambda {
namespace {

using Texts = std::vector<std::string>;

std::optional<Event> Parsed(std::string_view json) {
  auto event = ParseEvent(json, "authorization");
  if (!event) return std::nullopt;
  return *event;
}

TEST(LambdaEvent, TokenEventsHaveOneToken) {
  const auto event =
      Parsed(R"({"type":"TOKEN","authorizationToken":"Bearer t","methodArn":"arn:1"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload, Payload::kToken);
  EXPECT_EQ(event->arn, "arn:1");
  EXPECT_EQ(event->tokens, Texts{"Bearer t"});
}

TEST(LambdaEvent, RequestEventsOfPayload1HaveEveryValueOfTheHeaderInAnyCase) {
  const auto event = Parsed(R"({"type":"REQUEST","methodArn":"arn:1",
      "headers":{"Authorization":"b"},"multiValueHeaders":{"authoriZation":["a","b"],"X":["c"]}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload, Payload::kRequest1);
  EXPECT_EQ(event->tokens, (Texts{"a", "b"}));
  const auto two_names = Parsed(R"({"type":"REQUEST","methodArn":"arn:1",
      "multiValueHeaders":{"authorization":["a"],"Authorization":["b"]}})");
  ASSERT_TRUE(two_names);
  EXPECT_EQ(two_names->tokens.size(), 2U);
  const auto single = Parsed(
      R"({"version":"1.0","type":"REQUEST","methodArn":"a","headers":{"Authorization":"b"},"multiValueHeaders":null})");
  ASSERT_TRUE(single);
  EXPECT_EQ(single->tokens, Texts{"b"});
}

TEST(LambdaEvent, RequestEventsOfPayload2NameTheirRoute) {
  const auto event = Parsed(
      R"({"version":"2.0","type":"REQUEST","routeArn":"arn:2","headers":{"authorization":"t"}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload, Payload::kRequest2);
  EXPECT_EQ(event->arn, "arn:2");
  EXPECT_EQ(event->tokens, Texts{"t"});
}

TEST(LambdaEvent, WithoutTheHeaderThereIsNoToken) {
  const auto event = Parsed(R"({"type":"REQUEST","methodArn":"arn:1","headers":null})");
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->tokens.empty());
}

TEST(LambdaEvent, WhatIsNoneOfTheThreeIsRefused) {
  for (const char* const json :
       {"", "null", "[]", "{", "{}", R"({"type":"TOKEN","methodArn":"a"})",
        R"({"type":"TOKEN","authorizationToken":"t"})",
        R"({"type":"TOKEN","authorizationToken":1,"methodArn":"a"})",
        R"({"type":"REQUEST","headers":{}})",
        R"({"version":"2.0","type":"REQUEST","methodArn":"a"})",
        R"({"version":"2.0","type":"TOKEN","routeArn":"a","authorizationToken":"t"})",
        R"({"version":"3.0","type":"REQUEST","routeArn":"a"})",
        R"({"type":"TOKEN","authorizationToken":"t","methodArn":"a"} more)"}) {
    EXPECT_FALSE(Parsed(json)) << json;
  }
}

}  // namespace
}  // namespace sallyport::lambda
