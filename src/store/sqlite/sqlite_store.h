// The embedded backend: one SQLite database in a directory of its own.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/sqlite/options.h"
#include "store/store.h"

namespace sallyport::store {

// Opens the store in `directory`; creates both if they do not exist (0700, files 0600). A lock file
// keeps a second server out. An error has the code "store_unusable" and a message for the
// administrator: the store is in use, not accessible, not Sallyport's, of a newer version, damaged
// or emptied. A store that turns out to be an older copy of itself is opened, and says so
// (Store::is_restored).
base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options = {});

}  // namespace sallyport::store
