#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sallyport::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LogFile : public ::testing::Test {
 protected:
  LogFile()
      : directory_(std::filesystem::temp_directory_path() /
                   ("log_test." + std::to_string(::getpid()))) {
    std::filesystem::create_directory(directory_);
  }
  ~LogFile() override {
    EXPECT_TRUE(LogToFile("").ok());
    std::filesystem::remove_all(directory_);
  }
  std::string Path(const std::string& name) const { return directory_ / name; }
  std::string Text(const std::string& name) const {
    std::ifstream file(Path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::filesystem::path directory_;
};

TEST_F(LogFile, TakesTheLinesAndGoesOnUnderItsNameAfterItWasMovedAway) {
  ASSERT_TRUE(LogToFile(Path("log")).ok());
  LogInfo("one", {{"number", 1}});
  std::filesystem::rename(Path("log"), Path("log.1"));
  LogInfo("two");
  ASSERT_TRUE(ReopenLogFile().ok());
  LogInfo("three");
  EXPECT_THAT(Text("log.1"), AllOf(HasSubstr(R"("event":"one","number":1)"), HasSubstr("two")));
  EXPECT_THAT(Text("log"), AllOf(HasSubstr("three"), Not(HasSubstr("two"))));
}

TEST_F(LogFile, IsNotEmptiedByAStart) {
  ASSERT_TRUE(LogToFile(Path("log")).ok());
  LogInfo("one");
  ASSERT_TRUE(LogToFile(Path("log")).ok());
  LogInfo("two");
  EXPECT_THAT(Text("log"), AllOf(HasSubstr("one"), HasSubstr("two")));
}

TEST_F(LogFile, ThatCannotBeOpenedAgainLeavesTheOldOne) {
  std::filesystem::create_directory(Path("sub"));
  ASSERT_TRUE(LogToFile(Path("sub/log")).ok());
  std::filesystem::rename(Path("sub"), Path("moved"));
  const Status again = ReopenLogFile();
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, HasSubstr("sub/log: No such file"));
  LogInfo("still here");
  EXPECT_THAT(Text("moved/log"), HasSubstr("still here"));
}

}  // namespace
}  // namespace sallyport::base
