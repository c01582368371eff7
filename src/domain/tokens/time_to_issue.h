// Whether tokens and codes may be made now, and by which time.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace sallyport::domain {

struct Services;

// An error while nothing may be issued: the store was restored from a backup.
base::Status MayIssue(const Services& services);

// The clock's milliseconds, to make tokens of; an error as MayIssue has it. Read before what they
// stand on (client, family, user) is found alive: then every later revocation of that is kept for
// as long as such a token can live.
base::Result<int64_t> TimeToIssue(const Services& services);

}  // namespace sallyport::domain
