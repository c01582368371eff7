// What the feed must know after a restart, beside what the store itself knows of its lineage.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::feed {

// The greatest TTL ever granted, or about to be; 0: no lease was ever granted.
base::Result<uint32_t> ReadGreatestTtl(store::Reader& reader);
// Durable on return. Called before a lease of that length is granted.
base::Status RaiseGreatestTtl(store::Store& store, uint32_t ttl_millis);

}  // namespace sallyport::feed
