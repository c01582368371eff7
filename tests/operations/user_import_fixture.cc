#include "user_import_fixture.h"

#include <filesystem>
#include <sstream>

#include "domain/users/user_import.h"
#include "domain/users/user_importer.h"

namespace sallyport::operations {

namespace json = boost::json;

ImportTest::ImportTest() {
  settings_.import_directory = directory_ + "/imports";
  pool_ = MakePool(CaseInsensitive({{"AutoVerifiedAttributes", {"email"}}}));
}

Reply ImportTest::Create(json::object more) {
  if (!more.contains("UserPoolId")) more["UserPoolId"] = pool_;
  more["JobName"] = "a job";
  more["CloudWatchLogsRoleArn"] = "arn:aws:iam::000000000000:role/import";
  return Call("CreateUserImportJob", more);
}

Reply ImportTest::Job(std::string_view operation, const std::string& job_id) {
  return Call(operation, {{"UserPoolId", pool_}, {"JobId", job_id}});
}

base::Status ImportTest::Upload(const std::string& job_id, std::string_view csv) {
  SALLYPORT_ASSIGN(auto file, domain::UserImportFile::Create(*services_, job_id));
  SALLYPORT_TRY(file.Write(csv));
  return file.Give(*services_, job_id);
}

std::string ImportTest::Started(std::string_view csv, json::object more) {
  const std::string job = Create(std::move(more)).Text("UserImportJob.JobId");
  EXPECT_TRUE(Upload(job, csv).ok());
  EXPECT_TRUE(Succeeded(Job("StartUserImportJob", job)));
  return job;
}

void ImportTest::RunJobs(const std::function<bool()>& stopping) {
  const base::Status ran = domain::RunUserImports(*services_, stopping);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().message + ran.error().cause);
}

json::object ImportTest::Imported(std::string_view csv, json::object more) {
  const std::string job = Started(csv, std::move(more));
  RunJobs();
  return Job("DescribeUserImportJob", job).At("UserImportJob").as_object();
}

std::vector<json::object> ImportTest::Failures(const std::string& job_id) {
  auto job = domain::GetUserImportJob(*store_, job_id);
  if (!job) return {};
  std::vector<json::object> failures;
  std::string after;
  do {
    auto page = domain::ListImportFailures(*services_, *job, after);
    EXPECT_TRUE(page.ok());
    std::istringstream lines(page->lines);
    for (std::string line; std::getline(lines, line);) {
      failures.push_back(json::parse(line).as_object());
    }
    after = page->next;
  } while (!after.empty());
  return failures;
}

Reply ImportTest::GetUser(std::string_view username) {
  return Call("AdminGetUser", {{"UserPoolId", pool_}, {"Username", username}});
}

size_t ImportTest::FilesLeft() {
  std::error_code none;
  std::filesystem::directory_iterator files(settings_.import_directory, none);
  return none ? 0 : static_cast<size_t>(std::distance(begin(files), end(files)));
}

}  // namespace sallyport::operations
