#include "cli/commands/import_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace sallyport::cli {
namespace {

class ImportFileTest : public testing::Test {
 protected:
  ~ImportFileTest() override { ::unlink(path_.c_str()); }

  base::Result<ImportFile> Check(const std::string& text) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    return CheckImportFile(path_, {"name", "email", "cognito:mfa_enabled", "cognito:username"});
  }
  std::string Problem(const std::string& text) {
    const auto file = Check(text);
    if (file) return "none";
    return file.error().message.substr(path_.size());
  }

  const std::string path_ = testing::TempDir() + "import_file_test_" + std::to_string(::getpid());
};

TEST_F(ImportFileTest, CountsRowsAndKeepsTheBadOnesWithTheirLines) {
  const auto file = Check("name,cognito:username\r\nAda,ada\r\nBob\r\n\"C\"x,c\r\nDan,dan\r\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->rows, 4u);
  ASSERT_EQ(file->bad.size(), 2u);
  EXPECT_EQ(file->bad[0].line, 3u);
  EXPECT_EQ(file->bad[0].message, "1 fields where the first row has 2");
  EXPECT_EQ(file->bad[1].line, 4u);
}

TEST_F(ImportFileTest, TheHashIsThatOfTheWholeFile) {
  // printf 'cognito:username\nada\n' | sha256sum
  EXPECT_EQ(Check("cognito:username\nada\n")->sha256,
            "d5c78b847743cf48a9e699d780d09accb9f629b2021bb8019cc4e32d9308aa8b");
}

TEST_F(ImportFileTest, SaysWhatIsWrongWithAHeader) {
  EXPECT_EQ(Problem(""), ": empty, without even a header");
  EXPECT_EQ(Problem("name,cognito:user\nx,y\n"),
            ":1: the pool has no column \"cognito:user\" (did you mean cognito:username?)");
  EXPECT_EQ(Problem("name,name,cognito:username\n"), ":1: the column name is there twice");
  EXPECT_EQ(Problem("\nname\n"), ":2: the column cognito:username is missing");
  EXPECT_EQ(Problem("na\"me\n"), ":1: field 1: a quote in a field that is not quoted");
}

}  // namespace
}  // namespace sallyport::cli
