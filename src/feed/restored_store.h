// What the feed does where a Hello proves that the store was restored from a backup.
#pragma once

#include <string>

#include "feed/connection.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::feed {

// A sentence for logs, Agents and people, for a store that is marked as restored.
std::string WhyNothingIsIssued(store::Store& store);

// Marks the store as restored, for the reason that the Hello of `agent` has given
// (Evidence::proof), and logs it. Where the mark cannot be written, it holds until this process
// ends.
void NoteRestored(store::Store& store, const Agent& agent, const revocation::Hello& hello,
                  const std::string& reason);

}  // namespace sallyport::feed
