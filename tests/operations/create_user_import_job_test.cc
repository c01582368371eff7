#include <gmock/gmock.h>

#include "domain/records/commit.h"
#include "domain/users/user_import.h"
#include "user_import_fixture.h"

namespace sallyport::operations {
namespace {

using CreateUserImportJobTest = ImportTest;
using testing::MatchesRegex;

TEST_F(CreateUserImportJobTest, AnswersAJobThatWaitsForItsFile) {
  const Reply reply = Create();
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_THAT(reply.Text("UserImportJob.JobId"), MatchesRegex("import-[0-9a-zA-Z]{10}"));
  EXPECT_EQ(reply.Text("UserImportJob.Status"), "Created");
  EXPECT_EQ(reply.Text("UserImportJob.JobName"), "a job");
  EXPECT_EQ(reply.At("UserImportJob.ImportedUsers"), 0);
  EXPECT_FALSE(reply.At("UserImportJob").as_object().contains("StartDate"));
}

TEST_F(CreateUserImportJobTest, TheUrlServesAQuarterOfAnHourAndCannotBeGuessed) {
  const Reply reply = Create();
  const std::string url = reply.Text("UserImportJob.PreSignedUrl");
  auto job = domain::GetUserImportJob(*store_, reply.Text("UserImportJob.JobId"));
  ASSERT_TRUE(job.ok());
  ASSERT_TRUE(url.starts_with("http://127.0.0.1:9229/_sallyport/import/" + job->id + "?"));
  const std::string query = url.substr(url.find('?') + 1);
  EXPECT_TRUE(domain::CheckUserImportUrl(*services_, *job, query).ok());

  std::string other = query;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_FALSE(domain::CheckUserImportUrl(*services_, *job, other).ok());
  EXPECT_FALSE(domain::CheckUserImportUrl(*services_, *job, "").ok());
  std::string later = query;
  later.replace(later.find("expires=") + 8, 1, "9");
  EXPECT_FALSE(domain::CheckUserImportUrl(*services_, *job, later).ok());
  auto second = domain::GetUserImportJob(*store_, Create().Text("UserImportJob.JobId"));
  EXPECT_FALSE(domain::CheckUserImportUrl(*services_, *second, query).ok());

  clock_.AdvanceMillis(domain::kImportUrlMillis);
  EXPECT_FALSE(domain::CheckUserImportUrl(*services_, *job, query).ok());
}

TEST_F(CreateUserImportJobTest, APoolHasAThousandJobsAtMost) {
  const auto fill = [&](store::Tx& tx) -> base::Status {
    for (size_t i = 1; i < domain::kMostImportJobs; ++i) {
      domain::UserImportJob job;
      job.id = "import-" + std::to_string(i);
      job.pool_id = pool_;
      SALLYPORT_TRY(domain::PutUserImportJob(tx, job));
    }
    return {};
  };
  ASSERT_TRUE(domain::Commit(*services_, fill).ok());
  ASSERT_TRUE(Succeeded(Create()));
  EXPECT_EQ(Create().code, "LimitExceededException");
}

TEST_F(CreateUserImportJobTest, AnUnknownPoolIsNotFound) {
  EXPECT_EQ(Create({{"UserPoolId", "eu-west-1_000000000"}}).code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace sallyport::operations
