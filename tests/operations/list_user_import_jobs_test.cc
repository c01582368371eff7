#include "user_import_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using ListUserImportJobsTest = ImportTest;

TEST_F(ListUserImportJobsTest, PagesFromTheLastCreatedToTheFirst) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) {
    made.insert(made.begin(), Create().Text("UserImportJob.JobId"));
    clock_.AdvanceMillis(1);
  }
  Create({{"UserPoolId", MakePool()}});
  std::vector<std::string> seen;
  json::object input{{"UserPoolId", pool_}, {"MaxResults", 2}};
  for (int page = 0; page < 3; ++page) {
    const Reply reply = Call("ListUserImportJobs", input);
    ASSERT_TRUE(Succeeded(reply));
    const json::value jobs = reply.At("UserImportJobs");
    for (const json::value& job : jobs.as_array()) {
      seen.emplace_back(job.at("JobId").as_string());
    }
    input["PaginationToken"] = reply.At("PaginationToken");
  }
  EXPECT_EQ(seen, made);
  EXPECT_TRUE(input["PaginationToken"].is_null());
}

}  // namespace
}  // namespace sallyport::operations
