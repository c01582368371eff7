// SqliteOptions: how the embedded backend is run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

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

}  // namespace sallyport::store
