// Scrub: rewrites the database file and empties its WAL.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::store {

// For Store::Scrub, whose contract it has. No other connection of this process writes or copies the
// WAL meanwhile. `path`: the database file.
base::Status ScrubDatabase(const std::string& path);

}  // namespace sallyport::store
