// Checks a CSV file of users before it is uploaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace sallyport::cli {

// A row that was not imported.
struct BadRow {
  uint64_t line = 0;
  std::string username;
  std::string status;  // "failed" or "skipped"
  std::string message;
};

struct ImportFile {
  std::string sha256;       // hex, of the whole file
  uint64_t rows = 0;        // without the header
  std::vector<BadRow> bad;  // rows that are not valid CSV, which the server would not import either
};

// Reads the whole file. An error where the header is wrong: it has a column that is not in `known`
// or that occurs twice, or it lacks cognito:username.
base::Result<ImportFile> CheckImportFile(const std::string& path,
                                         const std::vector<std::string>& known);

}  // namespace sallyport::cli
