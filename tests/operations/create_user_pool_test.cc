#include <regex>
#include <set>

#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using CreateUserPoolTest = OperationTest;

const json::object* Attribute(const json::value& schema, std::string_view name) {
  for (const json::value& attribute : schema.as_array()) {
    if (attribute.at("Name").as_string() == name) return &attribute.as_object();
  }
  return nullptr;
}

TEST_F(CreateUserPoolTest, ANewPoolHasAwsDefaults) {
  Reply reply = Call("CreateUserPool", R"({"PoolName":"plain"})");
  ASSERT_TRUE(Succeeded(reply));
  std::string id = reply.Text("UserPool.Id");
  EXPECT_TRUE(std::regex_match(id, std::regex("eu-west-1_[0-9A-Za-z]{9}"))) << id;
  EXPECT_EQ(reply.Text("UserPool.Arn"),
            "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/" + id);
  EXPECT_EQ(reply.Text("UserPool.Name"), "plain");
  EXPECT_EQ(reply.At("UserPool.Policies.PasswordPolicy"),
            json::parse(R"({"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,
                            "RequireNumbers":true,"RequireSymbols":true,
                            "TemporaryPasswordValidityDays":7})"));
  EXPECT_EQ(reply.Text("UserPool.DeletionProtection"), "INACTIVE");
  EXPECT_EQ(reply.Text("UserPool.MfaConfiguration"), "OFF");
  EXPECT_EQ(reply.Text("UserPool.UserPoolTier"), "ESSENTIALS");
  EXPECT_EQ(reply.At("UserPool.LambdaConfig"), json::value(json::object()));
  EXPECT_EQ(reply.At("UserPool.EstimatedNumberOfUsers"), json::value(0));
  EXPECT_EQ(reply.At("UserPool.AdminCreateUserConfig"),
            json::parse(R"({"AllowAdminCreateUserOnly":false,"UnusedAccountValidityDays":7})"));
  EXPECT_EQ(reply.Text("UserPool.VerificationMessageTemplate.DefaultEmailOption"),
            "CONFIRM_WITH_CODE");
  EXPECT_EQ(reply.Text("UserPool.EmailConfiguration.EmailSendingAccount"), "COGNITO_DEFAULT");
}

TEST_F(CreateUserPoolTest, ANewPoolTellsNamesByTheirCaseUnlessItIsToldNotTo) {
  const auto both = [&](json::object more) {
    const std::string pool = MakePool(std::move(more));
    for (const char* name : {"alice", "Alice"}) {
      const Reply made = Call(
          "AdminCreateUser",
          json::object{{"UserPoolId", pool}, {"Username", name}, {"MessageAction", "SUPPRESS"}});
      if (!made.ok()) return false;
    }
    // It stays when the settings are written anew.
    EXPECT_TRUE(Succeeded(Call("UpdateUserPool", json::object{{"UserPoolId", pool}})));
    return Call("AdminGetUser", json::object{{"UserPoolId", pool}, {"Username", "ALICE"}}).code ==
           "UserNotFoundException";
  };
  EXPECT_TRUE(both({}));
  EXPECT_TRUE(both({{"UsernameConfiguration", {{"CaseSensitive", true}}}}));
  EXPECT_FALSE(both(CaseInsensitive()));
  // A pool that was made without one shows none.
  EXPECT_TRUE(Call("CreateUserPool", R"({"PoolName":"plain"})")
                  .At("UserPool.UsernameConfiguration")
                  .is_null());
}

TEST_F(CreateUserPoolTest, ANewPoolHasTheTwentyStandardAttributes) {
  Reply reply = Call("CreateUserPool", R"({"PoolName":"plain"})");
  json::value schema = reply.At("UserPool.SchemaAttributes");
  EXPECT_EQ(schema.as_array().size(), 20u);
  EXPECT_EQ(*Attribute(schema, "sub"), json::parse(R"({"Name":"sub","AttributeDataType":"String",
                            "DeveloperOnlyAttribute":false,"Mutable":false,"Required":true,
                            "StringAttributeConstraints":{"MinLength":"1","MaxLength":"2048"}})")
                                           .as_object());
  EXPECT_EQ(*Attribute(schema, "email_verified"),
            json::parse(R"({"Name":"email_verified","AttributeDataType":"Boolean",
                            "DeveloperOnlyAttribute":false,"Mutable":true,"Required":false})")
                .as_object());
  EXPECT_EQ(Attribute(schema, "updated_at")->at("NumberAttributeConstraints"),
            json::parse(R"({"MinValue":"0"})"));
  EXPECT_EQ(Attribute(schema, "birthdate")->at("StringAttributeConstraints"),
            json::parse(R"({"MinLength":"10","MaxLength":"10"})"));
}

TEST_F(CreateUserPoolTest, CustomAttributesGetTheirPrefix) {
  Reply reply = Call("CreateUserPool", R"({"PoolName":"p","Schema":[
      {"Name":"email","Required":true,"Mutable":false},
      {"Name":"color","AttributeDataType":"String","StringAttributeConstraints":{"MaxLength":"9"}},
      {"Name":"age","AttributeDataType":"Number"},
      {"Name":"internal","AttributeDataType":"String","DeveloperOnlyAttribute":true}]})");
  ASSERT_TRUE(Succeeded(reply));
  json::value schema = reply.At("UserPool.SchemaAttributes");
  EXPECT_EQ(schema.as_array().size(), 23u);
  EXPECT_TRUE(Attribute(schema, "email")->at("Required").as_bool());
  EXPECT_FALSE(Attribute(schema, "email")->at("Mutable").as_bool());
  EXPECT_EQ(Attribute(schema, "custom:color")->at("StringAttributeConstraints"),
            json::parse(R"({"MaxLength":"9"})"));
  EXPECT_EQ(Attribute(schema, "custom:age")->at("NumberAttributeConstraints"),
            json::value(json::object()));
  EXPECT_NE(Attribute(schema, "dev:custom:internal"), nullptr);
}

TEST_F(CreateUserPoolTest, ASchemaThatAwsRefusesIsRefusedInItsWords) {
  EXPECT_TRUE(FailedWith(
      Call(
          "CreateUserPool",
          R"({"PoolName":"p","Schema":[{"Name":"x","AttributeDataType":"String","Required":true}]})"),
      "InvalidParameterException", "Required custom attributes are not supported currently."));
  EXPECT_TRUE(FailedWith(
      Call("CreateUserPool",
           R"({"PoolName":"p","Schema":[{"Name":"email","AttributeDataType":"Number"}]})"),
      "InvalidParameterException",
      "You can not change AttributeDataType or set developerOnlyAttribute for standard schema "
      "attribute email"));
  EXPECT_TRUE(FailedWith(
      Call("CreateUserPool",
           R"({"PoolName":"p","Schema":[{"Name":"x","AttributeDataType":"String"},
                                        {"Name":"x","AttributeDataType":"Number"}]})"),
      "InvalidParameterException",
      "Duplicate custom attribute names custom:x are not allowed in a user pool schema."));
  EXPECT_TRUE(FailedWith(Call("CreateUserPool",
                              R"({"PoolName":"p","Schema":[{"Name":"n","AttributeDataType":"Number",
               "NumberAttributeConstraints":{"MinValue":"9","MaxValue":"1"}}]})"),
                         "InvalidParameterException",
                         "Attribute custom:n cannot have a max value smaller than it's min value"));
}

TEST_F(CreateUserPoolTest, AliasesAndUsernameAttributesExcludeEachOther) {
  EXPECT_TRUE(FailedWith(
      Call("CreateUserPool",
           R"({"PoolName":"p","AliasAttributes":["email"],"UsernameAttributes":["email"]})"),
      "InvalidParameterException",
      "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."));
}

TEST_F(CreateUserPoolTest, ThePoolsKeyIsPublishedInTheSameCommit) {
  uint64_t before = store_->Head().sequence;
  std::string id = MakePool();
  auto entries = LogAfter(before);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].revocation.kind, revocation::Kind::kKeyPublished);
  auto key = keys_->Current(id);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(entries[0].revocation.subject, "http://127.0.0.1:9229/" + id + " " + (*key)->kid);
}

TEST_F(CreateUserPoolTest, ARegionThatWouldBreakAnIdIsRefused) {
  for (const char* region :
       {"", "../x", "a/b", "EU", "a b", "abcdefghijklmnopqrstuvwxyz0123456789"}) {
    signed_region_ = std::string(region);
    EXPECT_EQ(Call("CreateUserPool", R"({"PoolName":"p"})").code, "InvalidParameterException")
        << region;
  }
}

TEST_F(CreateUserPoolTest, APoolOutlivesARestart) {
  std::string id = MakePool();
  Restart();
  EXPECT_TRUE(Succeeded(Call("DescribeUserPool", {{"UserPoolId", id}})));
  EXPECT_TRUE(keys_->Current(id).ok());
}

TEST_F(CreateUserPoolTest, APartialPasswordPolicyRequiresNothingMore) {
  Reply reply = Call("CreateUserPool",
                     R"({"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":6}}})");
  EXPECT_EQ(reply.At("UserPool.Policies.PasswordPolicy"),
            json::parse(R"({"MinimumLength":6,"RequireUppercase":false,"RequireLowercase":false,
                            "RequireNumbers":false,"RequireSymbols":false,
                            "TemporaryPasswordValidityDays":7})"));
}

}  // namespace
}  // namespace sallyport::operations
