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

// How long a lease of an earlier server on this store may last yet, counted from when that has
// ended, with the margin; 0: no lease was ever granted. A newer copy of the store may have granted
// longer ones, and a server of `ttl_millis`, which counts also, too.
base::Result<int64_t> HoldMillis(store::Store& store, uint32_t ttl_millis);

}  // namespace sallyport::feed
