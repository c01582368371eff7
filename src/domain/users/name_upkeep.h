// Converts names that an older version stored by other rules (names.h).
#pragma once

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// Called when the server starts. Once in the life of a store, it makes every name findable by its
// present form, except where that is another user's name, and makes the index rows for ListUsers
// anew where values are not ASCII. At every start it tries those again, and
// the log lists them in a warning. Such users can still sign in: they are found by the name as it
// was stored.
base::Status KeepNames(const Services& services);

}  // namespace sallyport::domain
