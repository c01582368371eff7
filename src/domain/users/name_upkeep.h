// What becomes of names that an older version wrote by other rules (names.h).
#pragma once

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// At the start. Once in the life of a store: every name is found by its present form, unless that
// is another user's. At each start: those of whom that is said are tried again, and the log has a
// warning that lists them. They keep working: each is found as it was written.
base::Status KeepNames(const Services& services);

}  // namespace sallyport::domain
