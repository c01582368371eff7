// Whether tokens and codes may be issued now, and with which time.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace sallyport::domain {

struct Services;

// An error while nothing may be issued because the store was restored from a backup.
base::Status MayIssue(const Services& services);

// The time for new tokens, in milliseconds; an error as MayIssue gives it. It must be read before
// client, family and user are checked: then every later revocation of one of them is kept for as
// long as the token can be valid.
base::Result<int64_t> TimeToIssue(const Services& services);

}  // namespace sallyport::domain
