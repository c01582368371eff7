#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/commands/export.h"
#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"

namespace sallyport::cli {
namespace {

boost::json::object Parsed(const char* text) {
  return boost::json::parse(text).as_object();
}

TEST(Answer, ATableShowsMembersAttributesAndDates) {
  const View view{
      .rows = "Users",
      .columns = {
          {"USERNAME", "Username"}, {"EMAIL", "Attributes:email"}, {"CREATED", "UserCreateDate"}}};
  EXPECT_EQ(FormatAnswer(view, Parsed(R"({"Users": [
                {"Username": "ada", "Attributes": [{"Name": "email", "Value": "a@b.c"}], "UserCreateDate": 1700000000.123},
                {"Username": "bob", "Attributes": []}]})"),
                         0),
            "USERNAME  EMAIL  CREATED\n"
            "ada       a@b.c  2023-11-14 22:13:20Z\n"
            "bob\n");
  EXPECT_EQ(FormatAnswer(view, Parsed(R"({"Users": []})"), 0), "");
}

TEST(Answer, ARecordShowsPlainMembersBeforeInnerOnes) {
  const View view{.record = "Pool"};
  EXPECT_EQ(FormatAnswer(
                view, Parsed(R"({"Pool": {"Policies": {"Length": 8}, "Id": "x", "Names": ["a", "b"],
                                          "Schema": [{"Name": "a", "Type": "b", "Mutable": true}]}})"),
                0),
            "Id               x\n"
            "Names            a, b\n"
            "Schema           (1; --json shows them)\n"
            "Policies.Length  8\n");
}

TEST(Answer, JsonIsTheSameValueAndHoldsNothingThatSteers) {
  const auto value = boost::json::parse(
      R"({"a": "\u001b[31m\u009b\u202e\\\"\n漢", "b": [], "c": {}, "d": [1, -2, 1732222222.123, true, null], "e": "\udb40\udc21"})");
  const std::string text = PrettyJson(value);
  EXPECT_EQ(boost::json::parse(text), value);
  EXPECT_NE(text.find("1732222222.123"), std::string::npos);
  for (const char* bad : {"\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xf3\xa0\x80\xa1"}) {
    EXPECT_EQ(text.find(bad), std::string::npos);
  }
  EXPECT_NE(text.find("漢"), std::string::npos);
}

TEST(Export, ARowHasTheColumnsOfAnImport) {
  const auto user = Parsed(
      R"({"Username": "a,b", "Attributes": [{"Name": "name", "Value": "Ada \"L\""}, {"Name": "sub", "Value": "1"}]})");
  EXPECT_EQ(ExportRow({"name", "email", "cognito:mfa_enabled", "cognito:username"}, user),
            "\"Ada \"\"L\"\"\",,false,\"a,b\"\r\n");
}

}  // namespace
}  // namespace sallyport::cli
