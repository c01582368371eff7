// The work of user import jobs: the rows of their files become users.
#pragma once

#include <functional>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// Runs the jobs that have been started, one after the other in the order of their starts, until
// there is none or `stopping` says so. Users and the job's place are written in commits of some
// hundred rows, between which other calls' commits go; what a crash or a stop interrupts goes on
// with the next call. One call at a time.
base::Status RunUserImports(const Services& services, const std::function<bool()>& stopping);

// Ends the jobs that were not started in time.
base::Status ExpireUserImports(const Services& services);

}  // namespace sallyport::domain
