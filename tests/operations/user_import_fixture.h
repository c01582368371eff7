// ImportTest: a pool that verifies e-mail addresses, and jobs whose files were uploaded.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fixture.h"

namespace sallyport::operations {

class ImportTest : public OperationTest {
 protected:
  ImportTest();

  Reply Create(boost::json::object more = {});
  // With the pool of the test.
  Reply Job(std::string_view operation, const std::string& job_id);
  base::Status Upload(const std::string& job_id, std::string_view csv);
  // A job that was started with this file: its id.
  std::string Started(std::string_view csv, boost::json::object more = {});
  // Runs until no job is left, or until `stopping`, which is asked before each batch.
  void RunJobs(const std::function<bool()>& stopping = [] { return false; });
  // The same, and the job as it is then described: UserImportJob.
  boost::json::object Imported(std::string_view csv, boost::json::object more = {});
  // What was not imported, as JSON values.
  std::vector<boost::json::object> Failures(const std::string& job_id);
  Reply GetUser(std::string_view username);
  size_t FilesLeft();

  std::string pool_;
};

}  // namespace sallyport::operations
