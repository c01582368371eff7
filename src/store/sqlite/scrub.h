// Scrub: rewrites the database file and empties its WAL.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::store {

// Implements Store::Scrub; see there. No other connection of this process may write, or copy the
// WAL, meanwhile. `path` is the database file.
base::Status ScrubDatabase(const std::string& path);

}  // namespace sallyport::store
