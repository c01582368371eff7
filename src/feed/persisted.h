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

// How long after the end of every earlier server on this store a lease of theirs may last, margin
// included; 0: no lease was ever granted. It goes by the greatest TTL of three: the one that the
// store has recorded, the one in `lineage`, since a newer copy of the store may have granted longer
// ones, and `ttl_millis`, which is what the server is set to.
base::Result<int64_t> HoldMillis(store::Store& store, uint32_t ttl_millis);

}  // namespace sallyport::feed
