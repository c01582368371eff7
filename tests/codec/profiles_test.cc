#include "codec/profiles.h"

#include <gtest/gtest.h>

namespace sallyport::codec {
namespace {

TEST(Profiles, ReadsAConfigFile) {
  auto file = ParseProfileFile(
      "# comment\n"
      "[default]\n"
      "region = eu-west-1 ; comment\n"
      "s3 =\n"
      "  max_concurrent_requests = 20\n"
      "\n"
      "[profile local]\n"
      "Region=us-east-1\n"
      "services = mine\n"
      "[services mine]\n"
      "cognito_identity_provider =\n"
      "\tendpoint_url = http://127.0.0.1:9229\n",
      "config", ProfileFileKind::kConfig);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)["profile default"]["region"], "eu-west-1");
  EXPECT_EQ((*file)["profile default"]["s3.max_concurrent_requests"], "20");
  EXPECT_EQ((*file)["profile local"]["region"], "us-east-1");
  EXPECT_EQ((*file)["services mine"]["cognito_identity_provider.endpoint_url"],
            "http://127.0.0.1:9229");
}

TEST(Profiles, ReadsACredentialsFile) {
  auto file = ParseProfileFile(
      "[two words]\r\naws_access_key_id = AKIA\r\naws_secret_access_key = a=b/c+d\r\n",
      "credentials", ProfileFileKind::kCredentials);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)["profile two words"]["aws_secret_access_key"], "a=b/c+d");
}

TEST(Profiles, NamesTheLineOfWhatIsWrongAndNoValue) {
  const auto error = [](std::string_view text) {
    const auto file = ParseProfileFile(text, "config", ProfileFileKind::kConfig);
    return file ? std::string("none") : file.error().message;
  };
  EXPECT_EQ(error("region = x\n"), "config:1: a line before the first [section]");
  EXPECT_EQ(error("[default]\nsecret\n"), "config:2: not of the form key = value");
  EXPECT_EQ(error("[default\n"), "config:1: a section's ] is missing");
  EXPECT_EQ(error("[default] x\n"), "config:1: text follows a section's ]");
  EXPECT_EQ(error("[ ]\n"), "config:1: a section without a name");
  EXPECT_EQ(error("[default]\n  x = 1\n"),
            "config:2: an indented line needs a key without a value above it");
}

}  // namespace
}  // namespace sallyport::codec
