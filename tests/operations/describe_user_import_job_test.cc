#include "user_import_fixture.h"

namespace sallyport::operations {
namespace {

using DescribeUserImportJobTest = ImportTest;

TEST_F(DescribeUserImportJobTest, ShowsTheJobAsItWasCreated) {
  const Reply created = Create();
  const Reply reply = Job("DescribeUserImportJob", created.Text("UserImportJob.JobId"));
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.body, created.body);
}

TEST_F(DescribeUserImportJobTest, AnotherPoolsJobIsNotFound) {
  const std::string id = Create().Text("UserImportJob.JobId");
  pool_ = MakePool();
  EXPECT_EQ(Job("DescribeUserImportJob", id).code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace sallyport::operations
