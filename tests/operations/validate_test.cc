// AWS's messages, for each type and each constraint.
#include "operations/dispatch/validate.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>

#include "operations/dispatch/model.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

struct Outcome {
  std::string code;
  std::string message;
  json::object input;
};

Outcome Check(std::string_view operation, std::string_view text) {
  Outcome outcome;
  outcome.input = json::parse({text.data(), text.size()}).as_object();
  const model::OperationModel* found = model::Find(operation);
  EXPECT_NE(found, nullptr);
  base::Status status = Validate(outcome.input, found->input);
  if (!status) {
    outcome.code = status.error().code;
    outcome.message = status.error().message;
  }
  return outcome;
}

void ExpectInvalid(std::string_view operation, std::string_view text, std::string_view message) {
  Outcome outcome = Check(operation, text);
  EXPECT_EQ(outcome.code, "InvalidParameterException");
  EXPECT_EQ(outcome.message, message);
}

void ExpectUnreadable(std::string_view operation, std::string_view text, std::string_view message) {
  Outcome outcome = Check(operation, text);
  EXPECT_EQ(outcome.code, "SerializationException");
  EXPECT_EQ(outcome.message, message);
}

TEST(Validate, ARequiredMemberMustNotBeNull) {
  ExpectInvalid("DescribeUserPool", "{}",
                "1 validation error detected: Value null at 'userPoolId' failed to satisfy "
                "constraint: Member must not be null");
  ExpectInvalid("DescribeUserPool", R"({"UserPoolId":null})",
                "1 validation error detected: Value null at 'userPoolId' failed to satisfy "
                "constraint: Member must not be null");
}

TEST(Validate, SeveralErrorsAreJoined) {
  ExpectInvalid("DescribeUserPoolClient", R"({"UserPoolId":""})",
                "3 validation errors detected: Value '' at 'userPoolId' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1; Value '' at "
                "'userPoolId' failed to satisfy constraint: Member must satisfy regular expression "
                "pattern: [\\w-]+_[0-9a-zA-Z]+; Value at 'clientId' failed to satisfy constraint: "
                "Member must not be null");
}

TEST(Validate, ASensitiveValueIsNotShown) {
  Outcome outcome = Check("AdminSetUserPassword",
                          R"({"UserPoolId":"a_b","Username":"u","Password":" top secret"})");
  EXPECT_EQ(outcome.code, "InvalidParameterException");
  EXPECT_EQ(outcome.message,
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$");
}

TEST(Validate, AnEnumerationIsListed) {
  Outcome outcome = Check("UpdateUserPool", R"({"UserPoolId":"a_b","MfaConfiguration":"MAYBE"})");
  EXPECT_EQ(outcome.message,
            "1 validation error detected: Value 'MAYBE' at 'mfaConfiguration' failed to satisfy "
            "constraint: Member must satisfy enum value set: [OFF, ON, OPTIONAL]");
}

TEST(Validate, AListOfScalarsIsShownAsAWhole) {
  ExpectInvalid("CreateUserPoolClient",
                R"({"UserPoolId":"a_b","ClientName":"c","AllowedOAuthFlows":["code","token"]})",
                "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed "
                "to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum "
                "value set: [code, implicit, client_credentials]]");
}

TEST(Validate, AMemberOfAListedStructureHasItsNumber) {
  ExpectInvalid(
      "CreateUserPool",
      R"({"PoolName":"p","Schema":[{"Name":"a"},{"Name":"abcdefghijklmnopqrstu"}]})",
      "1 validation error detected: Value 'abcdefghijklmnopqrstu' at 'schema.2.member.name' failed "
      "to satisfy constraint: Member must have length less than or equal to 20");
}

TEST(Validate, ANumberHasItsBounds) {
  ExpectInvalid("ListUserPools", R"({"MaxResults":61})",
                "1 validation error detected: Value '61' at 'maxResults' failed to satisfy "
                "constraint: Member must have value less than or equal to 60");
}

TEST(Validate, LengthCountsCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 20; ++i) name += "é";
  EXPECT_EQ(
      Check("CreateUserPool", R"({"PoolName":"p","Schema":[{"Name":")" + name + R"("}]})").code,
      "");
}

TEST(Validate, AValueOfAnotherTypeIsASerializationError) {
  ExpectUnreadable("DescribeUserPool", R"({"UserPoolId":1})",
                   "NUMBER_VALUE can not be converted to a String");
  ExpectUnreadable("DescribeUserPool", R"({"UserPoolId":true})",
                   "TRUE_VALUE can not be converted to a String");
  ExpectUnreadable("DescribeUserPool", R"({"UserPoolId":["a"]})",
                   "Start of list found where not expected");
  ExpectUnreadable("DescribeUserPool", R"({"UserPoolId":{}})",
                   "Start of structure or map found where not expected.");
  ExpectUnreadable("ListUserPools", R"({"MaxResults":"1"})",
                   "STRING_VALUE can not be converted to an Integer");
  ExpectUnreadable("ListUserPools", R"({"MaxResults":4294967296})",
                   "NUMBER_VALUE can not be converted to an Integer");
  ExpectUnreadable("CreateUserPool", R"({"PoolName":"p","Schema":{}})",
                   "Start of structure or map found where not expected.");
  ExpectUnreadable("CreateUserPool", R"({"PoolName":"p","Schema":"x"})", "Expected list or null");
  ExpectUnreadable("CreateUserPool", R"({"PoolName":"p","Policies":"x"})", "Expected null");
  ExpectUnreadable("CreateUserPoolClient", R"({"GenerateSecret":"maybe"})",
                   "STRING_VALUE can not be converted to an Boolean");
}

TEST(Validate, ATypeErrorWinsOverConstraints) {
  EXPECT_EQ(Check("DescribeUserPoolClient", R"({"UserPoolId":"","ClientId":1})").code,
            "SerializationException");
}

TEST(Validate, UnknownAndNullMembersAreRemoved) {
  Outcome outcome = Check(
      "CreateUserPool",
      R"({"PoolName":"p","Color":"red","MfaConfiguration":null,"Policies":{"Who":1,"PasswordPolicy":{"MinimumLength":8.9}}})");
  EXPECT_EQ(outcome.code, "");
  EXPECT_EQ(json::serialize(outcome.input),
            R"({"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":8}}})");
}

TEST(Validate, ManyErrorsDoNotMakeALongerAnswerThanAHundred) {
  std::string body = R"({"UserPoolId":"a_b","Username":"u","UserAttributes":[)";
  for (int i = 0; i < 5000; ++i) body += i ? ",{\"Name\":\"\"}" : "{\"Name\":\"\"}";
  Outcome outcome = Check("AdminUpdateUserAttributes", body + "]}");
  EXPECT_EQ(outcome.message.substr(0, 35), "100 validation errors detected: Val");
}

TEST(Validate, ALongValueIsCheckedInLinearTime) {
  std::string token(1 << 20, 'a');
  auto start = std::chrono::steady_clock::now();
  Outcome outcome = Check("GetUser", R"({"AccessToken":")" + token + "!\"}");
  auto spent = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(outcome.code, "InvalidParameterException");
  EXPECT_LT(spent, std::chrono::seconds(2));
}

}  // namespace
}  // namespace sallyport::operations
