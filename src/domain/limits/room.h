// Checks the ceilings (ceilings.h) for calls that are being answered.
#pragma once

#include "base/result.h"
#include "domain/limits/ceilings.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::domain {

struct Services;

// TooManyRequestsException, which SDKs retry with pauses; its text says what there is too much of.
// Also notes that the ceiling was reached.
base::Error NoRoom(const Services& services, Leftover leftover);
// NoRoom unless HasRoom. May be called within a commit.
base::Status CheckRoom(store::Reader& reader, const Services& services, Leftover leftover,
                       Share share = Share::kWhole);

}  // namespace sallyport::domain
