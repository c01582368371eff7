// The embedded backend: one SQLite database in a directory of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::store {

struct SqliteOptions {
  // Connections that read at the same time; further readers wait.
  size_t readers = 8;
  // Once the WAL holds this many pages (4 KiB each), it is copied into the database beside the
  // commits.
  int checkpoint_pages = 1000;
  // Once it holds this many, commits pause for the rest of the copy, so that it begins anew.
  int restart_pages = 4000;
  // The greatest number of commits that share one fsync.
  size_t greatest_batch = 128;
  // Set aside for revocations on a full disk; 0: nothing. nullopt: what is found is used, and not
  // filled up again.
  std::optional<uint64_t> reserve_bytes = std::nullopt;
  // Between two generations of the store (store::Lineage).
  std::chrono::milliseconds generation_period = std::chrono::hours(1);
};

// Opens the store in `directory`; makes both where absent (0700, files 0600). A lock file keeps a
// second server out. Errors carry the code "store_unusable" and a message for the administrator:
// in use, not permitted, foreign, newer, damaged, emptied. A store that turns out to be an older
// copy of itself is opened, and says so (Store::is_restored).
base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options = {});

}  // namespace sallyport::store
