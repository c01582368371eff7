// What the feed must know after a restart: two records of the store.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::feed {

struct Persisted {
  // The greatest TTL ever granted, or about to be; 0: no lease was ever granted.
  uint32_t greatest_ttl_millis = 0;
  // The store was found restored from a backup, and not recovered since.
  bool restored = false;
};

base::Result<Persisted> ReadPersisted(store::Reader& reader);
// Durable on return. Called before a lease of that length is granted.
base::Status RaiseGreatestTtl(store::Store& store, uint32_t ttl_millis);
base::Status MarkRestored(store::Store& store);

}  // namespace sallyport::feed
