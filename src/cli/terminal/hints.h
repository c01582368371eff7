// Advice about what to do after an error.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/account/configuration.h"

namespace sallyport::cli {

// One or two sentences; empty: there is no better advice than the error's own text.
std::string NextStep(const base::Error& error, const Configuration& configuration);

}  // namespace sallyport::cli
