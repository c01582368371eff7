// `sallyport user import`: AWS's user import job, from file to report.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ImportUsers(Invocation& invocation);
base::Result<int> PrintImportHeader(Invocation& invocation);

// The columns that the pool's import files have, in order (GetCSVHeader).
base::Result<std::vector<std::string>> ImportColumns(Invocation& invocation);

}  // namespace sallyport::cli
