// `sallyport user import`: runs AWS's user import job, from the file to the report.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> ImportUsers(Invocation& invocation);
base::Result<int> PrintImportHeader(Invocation& invocation);

// The columns of the pool's import files, in order (GetCSVHeader).
base::Result<std::vector<std::string>> ImportColumns(Invocation& invocation);

}  // namespace sallyport::cli
