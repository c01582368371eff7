// The next step to take after an error.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/account/configuration.h"

namespace sallyport::cli {

// One or two sentences; empty: nothing better than the error's own text is known.
std::string NextStep(const base::Error& error, const Configuration& configuration);

}  // namespace sallyport::cli
