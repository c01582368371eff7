// The embedded backend: one SQLite database in a directory of its own.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/sqlite/options.h"
#include "store/store.h"

namespace sallyport::store {

// Opens the store in `directory`; makes both where absent (0700, files 0600). A lock file keeps a
// second server out. Errors carry the code "store_unusable" and a message for the administrator:
// in use, not permitted, foreign, newer, damaged, emptied. A store that turns out to be an older
// copy of itself is opened, and says so (Store::is_restored).
base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options = {});

}  // namespace sallyport::store
