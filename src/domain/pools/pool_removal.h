// The removal of a user pool: gone for everybody at once, its records in small commits after that.
//
// Record "pool-removal/{id}", the pool as it was, is there from the first commit to the last: what
// a crash interrupts goes on at the next start.
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {

// The first commit deletes the pool, withdraws its keys and revokes every token of its issuer: the
// answer waits for its Release. Then users, clients, resource servers, token families and
// groups go. ResourceNotFoundException; InvalidParameterException while deletion protection is
// active or a domain is left.
base::Result<store::Release> RemovePool(const Services& services, std::string_view pool_id);

// At start: finishes removals that were interrupted.
base::Status FinishPoolRemovals(const Services& services);

}  // namespace sallyport::domain
