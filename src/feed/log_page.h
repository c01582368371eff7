// What of the log fits into one frame.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::feed {

// How many entries are sent in one frame at most.
inline constexpr size_t kLogPageRows = 2000;

// The log after `after` and up to `head`, as much of it as fits into one frame. The page's position
// is `head` if it reaches that far, and otherwise the position of its last entry.
base::Result<revocation::Entries> ReadLogPage(store::Store& store, uint64_t after,
                                              const revocation::LogPosition& head);

}  // namespace sallyport::feed
