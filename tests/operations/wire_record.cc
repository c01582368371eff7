#include "wire_record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>

namespace sallyport::operations {

void RecordAnswer(std::string_view called, std::string_view input, int status,
                  std::string_view body) {
  static const char* const directory = std::getenv("SALLYPORT_WIRE_RECORD");
  static std::mutex mutex;
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  if (directory == nullptr || test == nullptr) return;
  const boost::json::object line{
      {"test", std::string(test->test_suite_name()) + "." + test->name()},
      {"called", called},
      {"input", input},
      {"status", status},
      {"body", body}};
  const std::lock_guard lock(mutex);
  std::ofstream(std::string(directory) + "/" + std::to_string(getpid()), std::ios::app)
      << boost::json::serialize(line) << '\n';
}

}  // namespace sallyport::operations
