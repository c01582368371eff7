// Whether there is room below a ceiling (ceilings.h), as calls are answered.
#pragma once

#include "base/result.h"
#include "domain/limits/ceilings.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::domain {

struct Services;

// TooManyRequestsException, which SDKs try again with pauses, in words that say what there is too
// much of; notes that the ceiling was met.
base::Error NoRoom(const Services& services, Leftover leftover);
// NoRoom unless HasRoom. May be called within a commit.
base::Status CheckRoom(store::Reader& reader, const Services& services, Leftover leftover,
                       Share share = Share::kWhole);

}  // namespace sallyport::domain
