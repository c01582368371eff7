// A CSV file of users, looked through before it is sent.
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
  uint64_t rows = 0;        // below the header
  std::vector<BadRow> bad;  // those that are no CSV; the server will not take them either
};

// Reads `path` to its end. An error where the header is wrong: a column that is not in `known` or
// comes twice, or cognito:username is missing.
base::Result<ImportFile> CheckImportFile(const std::string& path,
                                         const std::vector<std::string>& known);

}  // namespace sallyport::cli
