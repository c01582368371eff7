// What the feed has to remember across restarts, in addition to the store's own lineage.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::feed {

// The longest TTL that was ever granted or about to be granted; 0: no lease was ever granted.
base::Result<uint32_t> ReadGreatestTtl(store::Reader& reader);
// Must be called before a lease of that length is granted. Durable on return.
base::Status RaiseGreatestTtl(store::Store& store, uint32_t ttl_millis);

// For how long, after every earlier server on this store has ended, a lease that it granted may
// still be valid, including the margin; 0: no lease was ever granted. It is computed from the
// greatest of three TTLs: the one that the store has recorded; the one in `lineage`, since a newer
// copy of the store may have granted longer leases; and `ttl_millis`, which the server is set to.
base::Result<int64_t> HoldMillis(store::Store& store, uint32_t ttl_millis);

}  // namespace sallyport::feed
