// SqliteOptions: the settings of the embedded backend.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

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

}  // namespace sallyport::store
