#include "hooks/hook_row.h"

#include <gtest/gtest.h>

namespace sallyport::hooks {
namespace {

constexpr const char* kRowArn = "arn:aws:lambda:eu-west-1:123456789012:function:greet";

TEST(HookRow, ReadsEachTransport) {
  const auto runtime = ParseHookRow("greet=runtime:127.0.0.1:9301");
  ASSERT_TRUE(runtime);
  EXPECT_EQ(runtime->function, "greet");
  EXPECT_EQ(runtime->kind, HookRow::Kind::kRuntime);
  EXPECT_EQ(runtime->target, "127.0.0.1:9301");
  const auto invoke = ParseHookRow("*=invoke:https://lambda.us-east-1.amazonaws.com/");
  ASSERT_TRUE(invoke);
  EXPECT_EQ(invoke->kind, HookRow::Kind::kInvoke);
  EXPECT_EQ(invoke->target, "https://lambda.us-east-1.amazonaws.com");
  const auto https = ParseHookRow(std::string(kRowArn) + "=https://hooks.example.com/cognito?a=b");
  ASSERT_TRUE(https);
  EXPECT_EQ(https->kind, HookRow::Kind::kHttps);
  EXPECT_EQ(https->target, "https://hooks.example.com/cognito?a=b");
  EXPECT_EQ(https->function, kRowArn);
}

TEST(HookRow, RefusesWhatWouldSendEventsUnprotectedOrNowhere) {
  for (const char* text :
       {"greet", "=runtime:127.0.0.1:1", "greet=", "greet=ftp://host/", "greet=https://",
        "greet=http://example.com/", "greet=invoke:http://10.0.0.1/", "greet=invoke:",
        "greet=https://user:password@example.com/", "greet=https://example.com/#part",
        "greet=http://127.0.0.1.example.com/", "greet=http://localhost.example.com/"}) {
    EXPECT_FALSE(ParseHookRow(text)) << text;
  }
  for (const char* text : {"greet=http://127.0.0.1:8080/", "greet=http://[::1]:1/",
                           "greet=invoke:http://localhost:4566"}) {
    EXPECT_TRUE(ParseHookRow(text)) << text;
  }
}

int FitOf(const std::string& function, const std::string& arn) {
  return Fit(*ParseHookRow(function + "=runtime:127.0.0.1:1"), ParseArn(arn));
}

TEST(HookRow, TheMoreItSaysTheBetterItFits) {
  const std::string live = std::string(kRowArn) + ":live";
  EXPECT_EQ(FitOf("other", kRowArn), 0);
  EXPECT_EQ(FitOf("greet:live", kRowArn), 0);
  EXPECT_EQ(FitOf("greet", "arn:aws:lambda:eu-west-1:123456789012:function:greeter"), 0);
  EXPECT_LT(FitOf("other", live), FitOf("*", live));
  EXPECT_LT(FitOf("*", live), FitOf("greet", live));
  EXPECT_LT(FitOf("greet", live), FitOf("greet:live", live));
  EXPECT_LT(FitOf("greet", live), FitOf(kRowArn, live));
  EXPECT_LT(FitOf(kRowArn, live), FitOf(live, live));
  EXPECT_LT(0, FitOf("greet", kRowArn));
}

TEST(Arn, GivesNameQualifierAndRegion) {
  const Function function = ParseArn(std::string(kRowArn) + ":$LATEST");
  EXPECT_EQ(function.region, "eu-west-1");
  EXPECT_EQ(function.name, "greet");
  EXPECT_EQ(function.qualifier, "$LATEST");
  EXPECT_EQ(ParseArn(kRowArn).qualifier, "");
}

TEST(Arn, WhatIsNoFunctionHasNoName) {
  for (const char* arn : {"", "greet", "arn:aws:sns:eu-west-1:123456789012:function:greet",
                          "arn:aws:lambda:eu-west-1:123456789012:layer:greet",
                          "arn:aws:lambda:eu-west-1:123456789012:function:a/../b",
                          "arn:aws:lambda:eu-west-1:123456789012:function:a:b?c",
                          "arn:aws:lambda:eu-west-1:123456789012:function:a:b:c"}) {
    EXPECT_EQ(ParseArn(arn).name, "") << arn;
    EXPECT_EQ(ParseArn(arn).arn, arn);
  }
}

}  // namespace
}  // namespace sallyport::hooks
