#include "lambda/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace sallyport::lambda {
namespace {

using ::testing::HasSubstr;

// As `sallyport agents add` writes it.
const std::string kEnrolment =
    "sallyport-enrolment 1\n"
    "server 10.0.0.1:9230\n"
    "name lambda-1\n"
    "key-id 8f0c61d2a94be377\n"
    "key 5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c5f0c\n";

Variables Least() {
  return {{"SALLYPORT_ENROLMENT", kEnrolment}, {"SALLYPORT_ISSUERS", "https://i.example/pool"}};
}
Variables With(const std::string& name, const std::string& value) {
  Variables variables = Least();
  variables[name] = value;
  return variables;
}
std::string ProblemOf(const Variables& variables) {
  const auto settings = ReadSettings(variables);
  return settings.ok() ? "none" : settings.error().message;
}

TEST(LambdaSettings, TheDefaultsAreTheStrictOnes) {
  const auto settings = ReadSettings(Least());
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->issuers, std::vector<std::string>{"https://i.example/pool"});
  EXPECT_TRUE(settings->clients.empty());
  EXPECT_TRUE(settings->scopes.empty());
  EXPECT_EQ(settings->leeway_seconds, 0U);
  EXPECT_EQ(settings->style, SALLYPORT_STYLE_REST);
  EXPECT_EQ(settings->scope_status, 0);
  EXPECT_EQ(settings->response, ResponseFormat::kPolicy);
  EXPECT_EQ(settings->token_header, "authorization");
  EXPECT_EQ(settings->enrolment.name, "lambda-1");
}

TEST(LambdaSettings, EveryVariableTakesEffect) {
  Variables variables = Least();
  variables["SALLYPORT_ISSUERS"] = " https://a.example/1\n https://b.example/2 ";
  variables["SALLYPORT_CLIENTS"] = "one two";
  variables["SALLYPORT_SCOPES"] = "orders/read\torders/write";
  variables["SALLYPORT_LEEWAY_SECONDS"] = "300";
  variables["SALLYPORT_SCOPE_STATUS"] = "403";
  variables["SALLYPORT_STYLE"] = "http";
  variables["SALLYPORT_RESPONSE"] = "simple";
  variables["SALLYPORT_TOKEN_HEADER"] = "X-Api-Token";
  variables["SALLYPORT_PATIENCE_MILLIS"] = "9000";
  variables["SALLYPORT_DIRECTORY"] = "/tmp/other";
  variables["SALLYPORT_FEED"] = "one.example:9230 [::1]:9231";
  const auto settings = ReadSettings(variables);
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->issuers.size(), 2U);
  EXPECT_EQ(settings->clients, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(settings->scopes, (std::vector<std::string>{"orders/read", "orders/write"}));
  EXPECT_EQ(settings->leeway_seconds, 300U);
  EXPECT_EQ(settings->scope_status, 403);
  EXPECT_EQ(settings->style, SALLYPORT_STYLE_HTTP);
  EXPECT_EQ(settings->response, ResponseFormat::kSimple);
  EXPECT_EQ(settings->token_header, "x-api-token");
  EXPECT_EQ(settings->patience_millis, 9000);
  EXPECT_EQ(settings->directory, "/tmp/other");
  ASSERT_EQ(settings->enrolment.servers.size(), 2U);
  EXPECT_EQ(settings->enrolment.servers[1], (channel::Address{"::1", "9231"}));
}

TEST(LambdaSettings, WhatHasNoEffectIsRefusedInWords) {
  EXPECT_THAT(ProblemOf(With("SALLYPORT_SCOPE", "a")), HasSubstr("no such variable"));
  EXPECT_THAT(ProblemOf(With("SALLYPORT_ENROLMENT_FILE", "/x")), HasSubstr("not both"));
  EXPECT_THAT(ProblemOf({{"SALLYPORT_ISSUERS", "https://i"}}), HasSubstr("SALLYPORT_ENROLMENT"));
  EXPECT_THAT(ProblemOf({{"SALLYPORT_ENROLMENT", kEnrolment}}), HasSubstr("SALLYPORT_ISSUERS"));
  EXPECT_THAT(ProblemOf(With("SALLYPORT_SCOPE_STATUS", "403")), HasSubstr("no effect"));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"SALLYPORT_ISSUERS", " "},
           {"SALLYPORT_ISSUERS", "login.example.com/pool"},
           {"SALLYPORT_CLIENTS", ""},
           {"SALLYPORT_SCOPES", "\n"},
           {"SALLYPORT_LEEWAY_SECONDS", "301"},
           {"SALLYPORT_LEEWAY_SECONDS", "-1"},
           {"SALLYPORT_LEEWAY_SECONDS", "10s"},
           {"SALLYPORT_STYLE", "HTTP"},
           {"SALLYPORT_RESPONSE", "Simple"},
           {"SALLYPORT_TOKEN_HEADER", "X Token"},
           {"SALLYPORT_TOKEN_HEADER", ""},
           {"SALLYPORT_PATIENCE_MILLIS", "0"},
           {"SALLYPORT_PATIENCE_MILLIS", "9001"},
           {"SALLYPORT_DIRECTORY", "tmp"},
           {"SALLYPORT_FEED", "host"},
           {"SALLYPORT_FEED", ""},
           {"SALLYPORT_ENROLMENT", "sallyport-enrolment 1\n"}}) {
    EXPECT_THAT(ProblemOf(With(name, value)), HasSubstr(name)) << value;
  }
}

TEST(LambdaSettings, AProblemWithTheEnrolmentNeverShowsTheKey) {
  const std::string problem =
      ProblemOf(With("SALLYPORT_ENROLMENT", kEnrolment + "something else\n"));
  EXPECT_THAT(problem, HasSubstr("SALLYPORT_ENROLMENT"));
  EXPECT_THAT(problem, Not(HasSubstr("5f0c")));
}

TEST(LambdaSettings, TheEnrolmentCanBeInAFile) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("sallyport-lambda-" + std::to_string(base::RandomU64()));
  std::ofstream(path) << kEnrolment;
  Variables variables = Least();
  variables.erase("SALLYPORT_ENROLMENT");
  variables["SALLYPORT_ENROLMENT_FILE"] = path;
  const auto settings = ReadSettings(variables);
  std::filesystem::remove(path);
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->enrolment.key_id, "8f0c61d2a94be377");
  EXPECT_THAT(ProblemOf(variables), HasSubstr("cannot be read"));
}

TEST(LambdaSettings, OnlyItsOwnVariablesAreTaken) {
  const char* const environment[] = {"PATH=/bin", "SALLYPORT_ISSUERS=a=b", "SALLYPORT_X", nullptr};
  EXPECT_EQ(VariablesOf(environment), (Variables{{"SALLYPORT_ISSUERS", "a=b"}}));
}

}  // namespace
}  // namespace sallyport::lambda
