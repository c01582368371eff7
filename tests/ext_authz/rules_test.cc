#include "ext_authz/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace sallyport::ext_authz {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kIssuerLine = "issuer = \"https://login.example.com/eu-west-1_Abc\"\n";

// No issuer is asked for its keys.
const GiveIssuerKeys kNoKeys = [](const inquiry::IssuerKeys::Options&) { return nullptr; };

std::string Problem(std::string_view text) {
  const auto rules = ParseRules(text, "rules.toml", kNoKeys);
  return rules ? std::string() : rules.error().message;
}

TEST(Rules, AreReadWithTheirDefaults) {
  const auto rules = ParseRules("[me]\n" + std::string(kIssuerLine), "rules.toml", kNoKeys);
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  ASSERT_EQ(rules->size(), 1U);
  EXPECT_EQ(rules->front().name, "me");
  EXPECT_EQ(rules->front().style, SALLYPORT_STYLE_REST);
  EXPECT_EQ(rules->front().scope_status, 401);
  EXPECT_TRUE(rules->front().headers.empty());
  EXPECT_TRUE(rules->front().make_mode);
}

TEST(Rules, AreReadWithAllThatTheyMayHave) {
  const auto rules = ParseRules(R"([orders]
mode = "stateless"
issuer = ["https://a.example/1", "http://b.example:8080/2"]
client = "one"
scope = ["orders/read", "orders/write"]
style = "http"
scope_status = 401
leeway = "300s"
[orders.headers]
X-User = "sub"
X-Groups = "cognito:groups"
[me]
issuer = "https://a.example/1"
)",
                                "rules.toml", kNoKeys);
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  ASSERT_EQ(rules->size(), 2U);
  const NamedRule& orders = rules->back();
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.style, SALLYPORT_STYLE_HTTP);
  EXPECT_EQ(orders.scope_status, 401);
  ASSERT_EQ(orders.headers.size(), 2U);
  EXPECT_EQ(orders.headers[0].header, "X-Groups");
  EXPECT_EQ(orders.headers[0].claim, "cognito:groups");
}

// One line of a rule, and a part of what the operator is told, with the number of the line.
class RefusedLine : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(RefusedLine, IsRefusedInWords) {
  const auto& [line, words] = GetParam();
  const std::string issuer(line.starts_with("issuer") ? std::string_view() : kIssuerLine);
  const std::string problem = Problem("[r]\n" + line + "\n" + issuer);
  EXPECT_THAT(problem, HasSubstr("rules.toml:"));
  EXPECT_THAT(problem, HasSubstr(words));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RefusedLine,
    ::testing::Values(
        std::tuple{"isuer = \"x\"", "rules.toml:2: unknown key isuer (did you mean issuer?)"},
        std::tuple{"stream_recheck = \"1s\"", "unknown key stream_recheck"},
        std::tuple{"mode = \"lively\"", "\"lively\" is not one of live, stateless"},
        std::tuple{"mode = true", "mode must be a text"},
        std::tuple{"mode = \"\"", "mode must be a text that is not empty"},
        std::tuple{"issuer = \"login.example.com\"", "is not a URL"},
        std::tuple{"issuer = \"https://a.example/\"", "ends with a slash"},
        std::tuple{"issuer = []", "issuer is an empty array"},
        std::tuple{"issuer = [\"https://a.example\", 3]", "issuer must be a text, or an array"},
        std::tuple{"client = [\"a\", \"a\"]", "client has \"a\" twice"},
        std::tuple{"client = \"\"", "client must be a text, or an array of texts"},
        std::tuple{"scope = \"a b\"", "must not contain a space"},
        std::tuple{"style = \"HTTP\"", "style must be"},
        std::tuple{"scope_status = 402", "scope_status must be 401 or 403"},
        std::tuple{"scope_status = 200", "scope_status must be a number from 401 to 403"},
        std::tuple{"scope_status = \"401\"", "scope_status must be a number"},
        std::tuple{"leeway = \"301s\"", "leeway must be a time"},
        std::tuple{"leeway = \"1500ms\"", "leeway must be a number of whole seconds"},
        std::tuple{"leeway = 3", "leeway must be a time"},
        std::tuple{"headers = \"X-User\"", "headers must be a table"},
        std::tuple{"headers.X-User = 3", "has a value for X-User that is not a text"},
        std::tuple{"headers.X_User = \"sub\"", "has an underscore"},
        std::tuple{"headers = {X-User = \"sub\", x-user = \"sub\"}", "twice"},
        std::tuple{"headers.\"X User\" = \"sub\"", "is not a name of letters"},
        std::tuple{"headers.\"X-User\\r\\nA\" = \"sub\"", "is not a name of letters"},
        std::tuple{"headers.Authorization = \"sub\"", "has another meaning"},
        std::tuple{"headers.Content-LENGTH = \"sub\"", "has another meaning"},
        std::tuple{"headers.X-Forwarded-User = \"sub\"", "has another meaning"},
        std::tuple{"headers.x-envoy-auth-headers-to-remove = \"sub\"", "has another meaning"},
        std::tuple{"headers.Set-Cookie = \"sub\"", "has another meaning"}));

TEST(Rules, FilesThatAreNoRulesAreRefusedInWords) {
  EXPECT_THAT(Problem(""), HasSubstr("has no rule"));
  EXPECT_THAT(Problem("mode = \"live\""), HasSubstr("rules.toml:1: mode is outside of a rule"));
  EXPECT_THAT(Problem("[r]\n"), HasSubstr("rules.toml:1: issuer is missing"));
  EXPECT_THAT(Problem("[r]\nisuer = \"https://a.example\"\n"), HasSubstr("did you mean issuer?"));
  EXPECT_THAT(Problem("[r\n"), HasSubstr("rules.toml:1:"));
  EXPECT_THAT(Problem("[\"a/b\"]\n"), HasSubstr("\"a/b\" cannot be a rule's name"));
  EXPECT_THAT(Problem("[\"\"]\n"), HasSubstr("cannot be a rule's name"));
  EXPECT_THAT(Problem("[r]\n" + std::string(kIssuerLine) + "[r]\n"), HasSubstr("rules.toml:3:"));
  EXPECT_THAT(Problem("[a]\n" + std::string(kIssuerLine) + "[b]\nissuer = 3\n"),
              HasSubstr("rules.toml:4:"));
}

TEST(Rules, AFileThatCannotBeReadIsRefusedByItsName) {
  const auto rules = ReadRules("/nonexistent/rules.toml", kNoKeys);
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(rules.error().message, HasSubstr("/nonexistent/rules.toml"));
}

}  // namespace
}  // namespace sallyport::ext_authz
