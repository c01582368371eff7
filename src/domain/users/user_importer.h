// Runs user import jobs: makes users from the rows of their files.
#pragma once

#include <functional>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// Runs the jobs that have been started, one after the other in the order in which they were
// started, until there are no more or `stopping` gives true. Users and the job's position are
// written in commits of some hundred rows, so that other calls can commit in between. What a crash
// or a stop interrupts is continued by the next call. Only one call may run at a time.
base::Status RunUserImports(const Services& services, const std::function<bool()>& stopping);

// Ends jobs that were not started in time.
base::Status ExpireUserImports(const Services& services);

}  // namespace sallyport::domain
