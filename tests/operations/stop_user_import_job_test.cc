#include "user_import_fixture.h"

namespace sallyport::operations {
namespace {

using StopUserImportJobTest = ImportTest;

TEST_F(StopUserImportJobTest, APendingJobStopsAtOnce) {
  const std::string id = Started("cognito:username\nada\n");
  const Reply reply = Job("StopUserImportJob", id);
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("UserImportJob.Status"), "Stopped");
  EXPECT_EQ(reply.Text("UserImportJob.CompletionMessage"),
            "The Import Job was stopped by the developer.");
  EXPECT_EQ(FilesLeft(), 0u);
  RunJobs();
  EXPECT_EQ(Job("DescribeUserImportJob", id).At("UserImportJob.ImportedUsers"), 0);
}

TEST_F(StopUserImportJobTest, AJobThatDoesNotRunCannotBeStopped) {
  EXPECT_EQ(Job("StopUserImportJob", Create().Text("UserImportJob.JobId")).code,
            "PreconditionNotMetException");
  EXPECT_EQ(Job("StopUserImportJob", "import-0000000000").code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace sallyport::operations
