#include "main/secret_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sallyport::main {
namespace {

using ::testing::MatchesRegex;

class SecretFiles : public ::testing::Test {
 protected:
  SecretFiles() {
    std::string pattern = ::testing::TempDir() + "/secret_files.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~SecretFiles() override { std::filesystem::remove_all(directory_); }
  unsigned ModeOf(const std::string& name) const {
    struct stat info {};
    stat((directory_ + "/" + name).c_str(), &info);
    return info.st_mode & 0777;
  }

  std::string directory_;
};

TEST_F(SecretFiles, TheRootCredentialIsMadeOnceForItsOwnerAlone) {
  const auto first = ReadCredentials(directory_);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->size(), 1u);
  EXPECT_THAT(first->begin()->first, MatchesRegex("AKIA[A-Z2-7]{16}"));
  EXPECT_EQ(first->begin()->second.Reveal().size(), 40u);
  EXPECT_EQ(ModeOf("credentials"), 0600u);
  const auto again = ReadCredentials(directory_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->begin()->first, first->begin()->first);
  EXPECT_EQ(again->begin()->second.Reveal(), first->begin()->second.Reveal());
}

TEST_F(SecretFiles, EveryProfileOfTheCredentialsFileCounts) {
  std::ofstream(directory_ + "/credentials")
      << "# two\n[default]\naws_access_key_id=A\naws_secret_access_key = a=b\n\n"
         "[other]\naws_access_key_id = B\r\naws_secret_access_key = c\r\n";
  const auto read = ReadCredentials(directory_);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->at("A").Reveal(), "a=b");
  EXPECT_EQ(read->at("B").Reveal(), "c");
}

TEST_F(SecretFiles, AFileWithoutSecretsIsAnError) {
  std::ofstream(directory_ + "/credentials") << "[default]\n";
  EXPECT_FALSE(ReadCredentials(directory_).ok());
  std::ofstream(directory_ + "/agent-token") << "\n";
  EXPECT_FALSE(ReadAgentTokens(directory_).ok());
}

TEST_F(SecretFiles, AnAgentIsKnownByItsWholeToken) {
  const auto made = ReadAgentTokens(directory_);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(ModeOf("agent-token"), 0600u);
  std::ofstream(directory_ + "/agent-token", std::ios::app) << "second-token edge-2\n";
  const auto tokens = ReadAgentTokens(directory_);
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(AgentOf(*tokens, (*made)[0].token.Reveal()), "agent");
  EXPECT_EQ(AgentOf(*tokens, "second-token"), "edge-2");
  EXPECT_EQ(AgentOf(*tokens, "second-toke"), std::nullopt);
  EXPECT_EQ(AgentOf(*tokens, "second-token "), std::nullopt);
  EXPECT_EQ(AgentOf(*tokens, ""), std::nullopt);
}

}  // namespace
}  // namespace sallyport::main
