// Removes a user pool. It is gone for everybody at once; its records are deleted afterwards, in
// small commits.
//
// Record "pool-removal/{id}" holds the pool as it was, from the first commit to the last, so that a
// removal which a crash interrupts is continued at the next start.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {

// The first commit deletes the pool, withdraws its keys and revokes every token of its issuer; the
// answer waits for its Release. Then users, clients, resource servers, token families and groups
// are deleted. ResourceNotFoundException; InvalidParameterException while deletion protection is
// active or the pool has a domain.
base::Result<store::Release> RemovePool(const Services& services, std::string_view pool_id);

// Called when the server starts: finishes removals that were interrupted.
base::Status FinishPoolRemovals(const Services& services);

}  // namespace sallyport::domain
