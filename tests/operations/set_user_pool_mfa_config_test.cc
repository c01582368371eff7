#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class UserPoolMfaConfigTest : public OperationTest {
 protected:
  Reply Set(json::object settings) {
    settings["UserPoolId"] = pool_;
    return Call("SetUserPoolMfaConfig", settings);
  }
  json::object Get() {
    return Call("GetUserPoolMfaConfig", json::object{{"UserPoolId", pool_}}).body;
  }

  std::string pool_ = MakePool();
};

TEST_F(UserPoolMfaConfigTest, IsOffByDefault) {
  EXPECT_EQ(Get(), (json::object{{"MfaConfiguration", "OFF"}}));
}

TEST_F(UserPoolMfaConfigTest, OptionalWithASoftwareTokenIsKeptAndDescribed) {
  const json::object wanted{{"MfaConfiguration", "OPTIONAL"},
                            {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}};
  const Reply set = Set(wanted);
  ASSERT_TRUE(Succeeded(set));
  EXPECT_EQ(set.body, wanted);
  Restart();
  EXPECT_EQ(Get(), wanted);
  EXPECT_EQ(
      Call("DescribeUserPool", json::object{{"UserPoolId", pool_}}).At("UserPool.MfaConfiguration"),
      json::value("OPTIONAL"));
  ASSERT_TRUE(Succeeded(Set({{"MfaConfiguration", "OFF"}})));
  EXPECT_EQ(Get(), (json::object{{"MfaConfiguration", "OFF"}}));
}

TEST_F(UserPoolMfaConfigTest, WhatWouldProtectAndHasNoEffectIsRefusedAndChangesNothing) {
  const std::string ending = " is not built in this version of Sallyport.";
  for (std::string_view member :
       {"SmsMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration"}) {
    EXPECT_TRUE(FailedWith(Set({{"MfaConfiguration", "OPTIONAL"}, {member, json::object()}}),
                           "InvalidParameterException", std::string(member) + ending));
  }
  EXPECT_TRUE(FailedWith(
      Set({{"MfaConfiguration", "ON"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}}),
      "InvalidParameterException",
      "MfaConfiguration ON is not built in this version of Sallyport: nobody could sign in."));
  EXPECT_EQ(Get(), (json::object{{"MfaConfiguration", "OFF"}}));
}

TEST_F(UserPoolMfaConfigTest, WhatAwsRefusesIsRefusedInItsWords) {
  EXPECT_TRUE(FailedWith(
      Set({{"MfaConfiguration", "OFF"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}}),
      "InvalidParameterException",
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."));
  EXPECT_TRUE(FailedWith(Set({{"MfaConfiguration", "OPTIONAL"}}), "InvalidParameterException",
                         "Invalid MFA configuration given, can't disable all MFAs with a required "
                         "or optional configuration."));
}

TEST_F(UserPoolMfaConfigTest, AnUnknownPoolIsNotFound) {
  pool_ = "eu-west-1_Abc123xyz";
  EXPECT_TRUE(FailedWith(Set({{"MfaConfiguration", "OFF"}}), "ResourceNotFoundException",
                         "User pool eu-west-1_Abc123xyz does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
