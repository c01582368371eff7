#include "base/regular_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sallyport::base {
namespace {

using ::testing::HasSubstr;

class RegularFile : public ::testing::Test {
 protected:
  RegularFile() {
    std::string pattern = ::testing::TempDir() + "/regular_file.XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/file";
  }
  ~RegularFile() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string path_;
};

TEST_F(RegularFile, IsReadToItsEndAndThroughALink) {
  std::ofstream(path_) << "ten bytes.";
  std::filesystem::create_symlink(path_, directory_ + "/link");
  for (const char* name : {"/file", "/link"}) {
    const auto text = ReadRegularFile(directory_ + name, 10);
    ASSERT_TRUE(text.ok()) << text.error().message;
    EXPECT_EQ(*text, "ten bytes.");
    EXPECT_TRUE(RequireRegularFile(directory_ + name).ok());
  }
}

TEST_F(RegularFile, IsNeverReadInPart) {
  std::ofstream(path_) << "eleven byte";
  const auto text = ReadRegularFile(path_, 10);
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().message, HasSubstr("more than 10 bytes"));
}

// Nobody writes to the pipe: a plain open or read of it would wait until the test is ended.
TEST_F(RegularFile, APipeADirectoryAndADeviceAreRefusedAtOnce) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  for (const std::string& path : {path_, directory_, std::string("/dev/zero")}) {
    const auto text = ReadRegularFile(path, 10);
    ASSERT_FALSE(text.ok()) << path;
    EXPECT_THAT(text.error().message, HasSubstr(path + ": this is not a regular file"));
    EXPECT_FALSE(RequireRegularFile(path).ok()) << path;
  }
}

TEST_F(RegularFile, AMissingOneIsNamed) {
  EXPECT_THAT(ReadRegularFile(path_, 10).error().message, HasSubstr(path_ + ": No such file"));
  EXPECT_THAT(RequireRegularFile(path_).error().message, HasSubstr(path_ + ": No such file"));
}

}  // namespace
}  // namespace sallyport::base
