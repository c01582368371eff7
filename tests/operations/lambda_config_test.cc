// LambdaConfig of CreateUserPool and UpdateUserPool, as DescribeUserPool shows it.
#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kArn = "arn:aws:lambda:eu-west-1:000000000000:function:tokens";
constexpr std::string_view kOther = "arn:aws:lambda:eu-west-1:000000000000:function:other:1";

class LambdaConfig : public OperationTest {
 protected:
  Reply Update(json::object config, json::object more = {}) {
    more["UserPoolId"] = pool_;
    more["LambdaConfig"] = std::move(config);
    return Call("UpdateUserPool", more);
  }
  json::value Described() {
    return Call("DescribeUserPool", json::object{{"UserPoolId", pool_}})
        .At("UserPool.LambdaConfig");
  }
  static json::object Versioned(std::string_view version, std::string_view arn = kArn) {
    return {{"LambdaVersion", version}, {"LambdaArn", arn}};
  }

  std::string pool_ = MakePool();
};

TEST_F(LambdaConfig, TheTwoMembersOfPreTokenGenerationAreOne) {
  ASSERT_TRUE(Succeeded(Update({{"PreTokenGeneration", kArn}})));
  EXPECT_EQ(Described(), json::value({{"PreTokenGeneration", kArn},
                                      {"PreTokenGenerationConfig", Versioned("V1_0")}}));
  for (const char* version : {"V1_0", "V2_0", "V3_0"}) {
    ASSERT_TRUE(Succeeded(Update({{"PreTokenGenerationConfig", Versioned(version)}})));
    EXPECT_EQ(Described(), json::value({{"PreTokenGeneration", kArn},
                                        {"PreTokenGenerationConfig", Versioned(version)}}));
  }
  ASSERT_TRUE(Succeeded(
      Update({{"PreTokenGeneration", kArn}, {"PreTokenGenerationConfig", Versioned("V2_0")}})));
  EXPECT_EQ(
      Update({{"PreTokenGeneration", kOther}, {"PreTokenGenerationConfig", Versioned("V2_0")}})
          .code,
      "InvalidParameterException");
  // Like every other member that an update does not name.
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", json::object{{"UserPoolId", pool_}})));
  EXPECT_EQ(Described(), json::value(json::object()));
}

TEST_F(LambdaConfig, CreateUserPoolHasTheSameRules) {
  const Reply made =
      Call("CreateUserPool",
           json::object{{"PoolName", "p"}, {"LambdaConfig", {{"PreTokenGeneration", kArn}}}});
  ASSERT_TRUE(Succeeded(made));
  EXPECT_EQ(made.Text("UserPool.LambdaConfig.PreTokenGenerationConfig.LambdaVersion"), "V1_0");
  EXPECT_EQ(
      Call("CreateUserPool", json::object{{"PoolName", "p"},
                                          {"LambdaConfig",
                                           {{"PreTokenGeneration", kOther},
                                            {"PreTokenGenerationConfig", Versioned("V1_0")}}}})
          .code,
      "InvalidParameterException");
}

TEST_F(LambdaConfig, ACustomSenderNeedsAKey) {
  for (const char* sender : {"CustomEmailSender", "CustomSMSSender"}) {
    EXPECT_EQ(Update({{sender, Versioned("V1_0")}}).code, "InvalidParameterException");
    const json::object config{{sender, Versioned("V1_0")},
                              {"KMSKeyID", "arn:aws:kms:eu-west-1:000000000000:key/0a1b2c3d"}};
    ASSERT_TRUE(Succeeded(Update(config)));
    EXPECT_EQ(Described(), json::value(config));
  }
}

TEST_F(LambdaConfig, AFunctionIsNamedByItsArnAndAVersionIsOneOfAws) {
  for (const char* name : {"tokens", "arn:aws:lambda:function:tokens", "arn:aws:lambda:x:y:z:0a"}) {
    EXPECT_EQ(Update({{"PreSignUp", name}}).code, "InvalidParameterException") << name;
  }
  EXPECT_EQ(Update({{"PreTokenGenerationConfig", Versioned("V4_0")}}).code,
            "InvalidParameterException");
  EXPECT_EQ(Update({{"PreTokenGenerationConfig", {{"LambdaArn", kArn}}}}).code,
            "InvalidParameterException");
}

TEST_F(LambdaConfig, TheLiteTierHasNoAccessTokenCustomisation) {
  EXPECT_EQ(
      Update({{"PreTokenGenerationConfig", Versioned("V2_0")}}, {{"UserPoolTier", "LITE"}}).code,
      "FeatureUnavailableInTierException");
  EXPECT_TRUE(Succeeded(
      Update({{"PreTokenGenerationConfig", Versioned("V1_0")}}, {{"UserPoolTier", "LITE"}})));
}

}  // namespace
}  // namespace sallyport::operations
