#include "cli/account/configuration.h"

#include <gtest/gtest.h>

#include <map>

namespace sallyport::cli {
namespace {

class ConfigurationTest : public testing::Test {
 protected:
  base::Result<Configuration> Read() {
    const Surroundings around{
        .variable =
            [this](const char* name) {
              const auto found = variables_.find(name);
              return found == variables_.end() ? nullptr : found->second.c_str();
            },
        .read = [this](const std::string& path) -> base::Result<std::optional<std::string>> {
          const auto found = files_.find(path);
          if (found == files_.end()) return std::optional<std::string>();
          return std::optional(found->second);
        }};
    return Configure(flags_, around);
  }

  std::string Problem() {
    const auto result = Read();
    return result ? "none" : result.error().message;
  }

  Choices flags_;
  std::map<std::string, std::string> variables_ = {{"HOME", "/home/ada"}};
  std::map<std::string, std::string> files_;
};

constexpr const char* kConfig = "/home/ada/.aws/config";
constexpr const char* kCredentials = "/home/ada/.aws/credentials";
constexpr const char* kKeys = "aws_access_key_id = {}\naws_secret_access_key = secret-of-{}\n";

std::string Keys(const std::string& name) {
  std::string text = kKeys;
  for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}")) {
    text.replace(at, 2, name);
  }
  return text;
}

TEST_F(ConfigurationTest, NothingConfiguredMeansTheLocalServerUnsigned) {
  const auto result = Read();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->endpoint, "http://127.0.0.1:9229");
  EXPECT_EQ(result->region, "us-east-1");
  EXPECT_FALSE(result->credentials);
  EXPECT_FALSE(result->endpoint_given);
}

TEST_F(ConfigurationTest, TheLocalServersRootCredentialIsFound) {
  files_["data/credentials"] = "[default]\n" + Keys("root");
  // The settings of AWS's default profile are meant for AWS.
  files_[kCredentials] = "[default]\n" + Keys("aws");
  ASSERT_TRUE(Read()) << Problem();
  EXPECT_EQ(Read()->credentials->access_key, "root");
  flags_.endpoint = "https://id.example";
  EXPECT_EQ(Read()->credentials->access_key, "aws");
}

TEST_F(ConfigurationTest, FlagsThenEnvironmentThenDotEnvThenProfile) {
  files_[kConfig] =
      "[default]\nregion = from-profile\nendpoint_url = http://profile\n" + Keys("profile");
  EXPECT_EQ(Read()->endpoint, "http://profile");
  EXPECT_EQ(Read()->region, "from-profile");
  EXPECT_EQ(Read()->credentials->access_key, "profile");
  files_[".env"] =
      "AWS_ENDPOINT_URL=http://dotenv/\nAWS_REGION=from-dotenv\nAWS_ACCESS_KEY_ID=dotenv\n"
      "AWS_SECRET_ACCESS_KEY=s\nCOGNITO_USER_POOL_ID=p_1\nCOGNITO_CLIENT_ID=c\n";
  EXPECT_EQ(Read()->endpoint, "http://dotenv");
  EXPECT_EQ(Read()->region, "from-dotenv");
  EXPECT_EQ(Read()->credentials->access_key, "dotenv");
  EXPECT_EQ(Read()->pool, "p_1");
  variables_["AWS_ENDPOINT_URL"] = "http://environment";
  variables_["AWS_REGION"] = "from-environment";
  variables_["AWS_ACCESS_KEY_ID"] = "environment";
  variables_["AWS_SECRET_ACCESS_KEY"] = "s";
  variables_["SALLYPORT_POOL_ID"] = "p_2";
  EXPECT_EQ(Read()->endpoint, "http://environment");
  EXPECT_EQ(Read()->region, "from-environment");
  EXPECT_EQ(Read()->credentials->access_key, "environment");
  EXPECT_EQ(Read()->pool, "p_2");
  flags_.endpoint = "http://flag";
  flags_.region = "from-flag";
  flags_.pool = "p_3";
  flags_.data = "elsewhere";
  files_["elsewhere/credentials"] = "[default]\n" + Keys("data");
  EXPECT_EQ(Read()->endpoint, "http://flag");
  EXPECT_EQ(Read()->region, "from-flag");
  EXPECT_EQ(Read()->credentials->access_key, "data");
  EXPECT_EQ(Read()->pool, "p_3");
}

TEST_F(ConfigurationTest, TheTwoHalvesOfAKeyNeverComeFromTwoPlaces) {
  files_[".env"] = "AWS_SECRET_ACCESS_KEY=of-another\n";
  variables_["AWS_ACCESS_KEY_ID"] = "mine";
  EXPECT_EQ(Problem(), "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  variables_.erase("AWS_ACCESS_KEY_ID");
  files_[".env"] = "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n";
  variables_["AWS_SESSION_TOKEN"] = "of-another";
  EXPECT_EQ(Read()->credentials->session_token, "");
}

TEST_F(ConfigurationTest, AChosenProfileWithoutAnEndpointMeansAws) {
  files_[kConfig] = "[profile work]\nregion = eu-west-1\n";
  files_[kCredentials] = "[work]\n" + Keys("work") + "aws_session_token = token\n";
  files_["data/credentials"] = "[default]\n" + Keys("root");
  variables_["AWS_PROFILE"] = "work";
  ASSERT_TRUE(Read()) << Problem();
  EXPECT_EQ(Read()->endpoint, "https://cognito-idp.eu-west-1.amazonaws.com");
  EXPECT_EQ(Read()->credentials->access_key, "work");
  EXPECT_EQ(Read()->credentials->session_token, "token");
  variables_["AWS_PROFILE"] = "wrok";
  EXPECT_EQ(Problem(),
            "profile \"wrok\" (from AWS_PROFILE) is neither in /home/ada/.aws/config nor in "
            "/home/ada/.aws/credentials; there is \"work\"");
}

TEST_F(ConfigurationTest, AProfilesServiceSectionNamesTheEndpoint) {
  files_[kConfig] =
      "[profile work]\nservices = s\nendpoint_url = http://general\n"
      "[services s]\ncognito_identity_provider =\n  endpoint_url = http://own\n";
  flags_.profile = "work";
  EXPECT_EQ(Read()->endpoint, "http://own");
}

TEST_F(ConfigurationTest, AProfileThatOthersLogInSaysHow) {
  files_[kConfig] = "[profile work]\nregion = x\nsso_session = corp\n";
  flags_.profile = "work";
  EXPECT_NE(Problem().find("aws configure export-credentials --profile work"), std::string::npos);
}

TEST_F(ConfigurationTest, AwsIsInTheRegionOfThePool) {
  flags_.endpoint = "aws";
  EXPECT_NE(Problem().find("a region is needed"), std::string::npos);
  flags_.pool = "ap-south-1_AbCdEf";
  EXPECT_EQ(Read()->endpoint, "https://cognito-idp.ap-south-1.amazonaws.com");
}

TEST_F(ConfigurationTest, ThePoolsOwnRegionComesBeforeTheEnvironmentAndAFlagBeforeIt) {
  files_[kConfig] = "[default]\nregion = eu-south-1\n";
  variables_["AWS_REGION"] = "eu-west-1";
  variables_["USER_POOL_ID"] = "ap-south-1_AbCdEf";
  EXPECT_EQ(Read()->region, "eu-west-1") << "the call is about no pool";
  flags_.about_pool = true;
  EXPECT_EQ(Read()->region, "ap-south-1");
  flags_.about_pool = false;
  flags_.pool = "us-east-1_AbCdEf";
  EXPECT_EQ(Read()->region, "us-east-1");
  flags_.region = "ca-west-1";
  EXPECT_EQ(Read()->region, "ca-west-1");
  flags_.region.reset();
  flags_.pool = "no id";
  EXPECT_EQ(Read()->region, "eu-west-1");
}

TEST_F(ConfigurationTest, RefusesWhatIsNoEndpoint) {
  for (const char* url :
       {"localhost:9229", "ftp://x", "http://", "http://user@host", "http://x?y"}) {
    flags_.endpoint = url;
    EXPECT_NE(Problem().find("must be of the form"), std::string::npos) << url;
  }
}

TEST_F(ConfigurationTest, ErrorsOfFilesHaveTheirLines) {
  files_[".env"] = "A=1\nrubbish\n";
  EXPECT_EQ(Problem(), ".env:2: not of the form NAME=value");
}

TEST(Loopback, IsJudgedByTheHostAlone) {
  for (const char* url :
       {"http://127.0.0.1:1", "https://localhost", "http://[::1]:9229", "http://127.1.2.3/x"}) {
    EXPECT_TRUE(IsLoopback(url)) << url;
  }
  for (const char* url :
       {"http://127.0.0.1.evil.example", "http://localhost.evil", "http://10.0.0.1"}) {
    EXPECT_FALSE(IsLoopback(url)) << url;
  }
  EXPECT_TRUE(IsAws("https://cognito-idp.eu-west-1.amazonaws.com"));
  EXPECT_FALSE(IsAws("https://amazonaws.com.evil.example"));
}

}  // namespace
}  // namespace sallyport::cli
