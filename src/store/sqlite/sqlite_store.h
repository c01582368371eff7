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
  // How many connections can read at the same time; more readers wait.
  size_t readers = 8;
  // When the WAL has this many pages (4 KiB each), it is copied into the database while commits go
  // on.
  int checkpoint_pages = 1000;
  // When it has this many, commits pause for the rest of the copy, so that the WAL begins anew.
  int restart_pages = 4000;
  // How many commits can share one fsync.
  size_t greatest_batch = 128;
  // The reserve for revocations on a full disk; 0: none. nullopt: a reserve that exists is used and
  // not enlarged.
  std::optional<uint64_t> reserve_bytes = std::nullopt;
  // The time between two generations of the store (store::Lineage).
  std::chrono::milliseconds generation_period = std::chrono::hours(1);
};

// Opens the store in `directory`; creates both if they do not exist (0700, files 0600). A lock file
// keeps a second server out. An error has the code "store_unusable" and a message for the
// administrator: the store is in use, not accessible, not Sallyport's, of a newer version, damaged
// or emptied. A store that turns out to be an older copy of itself is opened, and says so
// (Store::is_restored).
base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options = {});

}  // namespace sallyport::store
