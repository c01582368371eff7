#include "main/secret_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "main/serve_settings.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::main {
namespace {

using ::testing::HasSubstr;
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

TEST_F(SecretFiles, APairOfACredentialMayStandInEitherOrderAndSeveralInOneProfile) {
  std::ofstream(directory_ + "/credentials")
      << "[default]\naws_secret_access_key = a\naws_access_key_id = A\nregion = local\n"
         "aws_access_key_id = B\naws_secret_access_key = b\n";
  const auto read = ReadCredentials(directory_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->at("A").Reveal(), "a");
  EXPECT_EQ(read->at("B").Reveal(), "b");
}

TEST_F(SecretFiles, HalfOfACredentialIsRefusedInWords) {
  const std::string good = "aws_access_key_id = A\naws_secret_access_key = a\n";
  for (const auto& [text, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {good + "aws_access_key_id = B\n", "access key B has no aws_secret_access_key"},
           {"aws_access_key_id = B\n" + good, "access key B has no aws_secret_access_key"},
           {"[b]\naws_access_key_id = B\n[a]\n" + good, "access key B has no"},
           {good + "aws_secret_access_key = b\n", "no aws_access_key_id beside it"},
           {good + "[b]\naws_secret_access_key = b\n[c]\naws_access_key_id = B\n",
            "no aws_access_key_id beside it"},
           {good + "aws_access_key_id = B\naws_secret_access_key =\n",
            "aws_secret_access_key has no value"},
           {good + "aws_access_k\n", "a line is neither [profile] nor name = value"}}) {
    std::ofstream(directory_ + "/credentials") << text;
    const auto read = ReadCredentials(directory_);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(read.error().message, HasSubstr(why)) << text;
  }
}

TEST_F(SecretFiles, AFileWhoseLastLineHasNoEndIsNotReadWhileTheServerRuns) {
  std::ofstream(directory_ + "/credentials") << "aws_access_key_id=A\naws_secret_access_key=a";
  std::ofstream(directory_ + "/agent-token") << "abc";
  EXPECT_TRUE(ReadCredentials(directory_).ok());
  EXPECT_THAT(ReadCredentialsAgain(directory_).error().message, HasSubstr("half written"));
  EXPECT_TRUE(ReadAgentTokens(directory_).ok());
  EXPECT_THAT(ReadAgentTokensAgain(directory_).error().message, HasSubstr("half written"));
  std::ofstream(directory_ + "/credentials", std::ios::app) << "\n";
  std::ofstream(directory_ + "/agent-token", std::ios::app) << "\n";
  EXPECT_TRUE(ReadCredentialsAgain(directory_).ok());
  EXPECT_TRUE(ReadAgentTokensAgain(directory_).ok());
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

class KeyFile : public SecretFiles {
 protected:
  KeyFile() : store_(std::move(store::OpenSqlite(directory_ + "/data").value())) {}
  std::string path() const { return directory_ + "/elsewhere"; }
  // "opened", or the message for the operator.
  std::string Open() {
    const auto opened = OpenVault(path(), *store_);
    return opened.ok() ? "opened" : opened.error().message;
  }

  std::unique_ptr<store::Store> store_;
};

TEST_F(KeyFile, ANewStoreGetsAKeyWhereverItIsWanted) {
  EXPECT_EQ(Open(), "opened");
  EXPECT_EQ(ModeOf("elsewhere"), 0600u);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/data/encryption-key"));
  EXPECT_EQ(Open(), "opened");
}

TEST_F(KeyFile, AMissingKeyOfAStoreThatHasOneIsNeverMadeAnew) {
  ASSERT_EQ(Open(), "opened");
  std::filesystem::rename(path(), path() + ".away");
  EXPECT_THAT(Open(), HasSubstr("the key file is missing"));
  EXPECT_FALSE(std::filesystem::exists(path()));
  std::filesystem::rename(path() + ".away", path());
  EXPECT_EQ(Open(), "opened");
}

TEST_F(KeyFile, AnotherKeyIsRefused) {
  ASSERT_EQ(Open(), "opened");
  std::ofstream(path()) << std::string(64, 'a') << "\n";
  EXPECT_THAT(Open(), HasSubstr("not the key under which this store was written"));
  std::ofstream(path()) << "too short\n";
  EXPECT_THAT(Open(), HasSubstr("must be 64 hex digits"));
}

TEST_F(KeyFile, AKeyWithAnythingAfterItIsRefused) {
  ASSERT_EQ(Open(), "opened");
  std::string key(64, '\0');
  std::ifstream(path()).read(key.data(), 64);
  for (const char* end : {"", "\n", "\r\n", " \n\n"}) {
    std::ofstream(path()) << key << end;
    EXPECT_EQ(Open(), "opened") << end;
  }
  for (const char* end : {"x", "\nx", "\n#\n", "00", "\n00\n", " 00"}) {
    std::ofstream(path()) << key << end;
    EXPECT_THAT(Open(), HasSubstr("must be 64 hex digits and nothing else")) << end;
  }
}

TEST_F(KeyFile, AKeyThatOthersMayReadOrTheGroupMayWriteIsRefused) {
  ASSERT_EQ(Open(), "opened");
  for (const mode_t mode : {0604, 0602, 0620, 0666}) {
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
    EXPECT_THAT(Open(), HasSubstr("other users may read")) << mode;
  }
  for (const mode_t mode : {0400, 0600, 0640}) {
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
    EXPECT_EQ(Open(), "opened") << mode;
  }
}

TEST(KeyFileSetting, HasTwoNamesThatMustAgree) {
  ServeSettings settings;
  EXPECT_EQ(KeyPath(settings), "data/encryption-key");
  settings.encryption_key_file = "/old";
  EXPECT_EQ(KeyPath(settings), "/old");
  EXPECT_TRUE(CheckServeSettings(settings).ok());
  settings.key_file = "/new";
  EXPECT_EQ(KeyPath(settings), "/new");
  const auto checked = CheckServeSettings(settings);
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().message, HasSubstr("two names of one setting"));
  settings.encryption_key_file = "/new";
  EXPECT_TRUE(CheckServeSettings(settings).ok());
}

}  // namespace
}  // namespace sallyport::main
