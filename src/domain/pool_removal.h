// The removal of a user pool: gone for everybody at once, its records in small commits after that.
//
// Record "pool-removal/{id}", the pool as it was, is there from the first commit to the last: what
// a crash interrupts goes on at the next start.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::domain {

// The first commit deletes the pool, withdraws its keys and revokes every token of its issuer;
// `*head` is what the answer waits for. Then users, clients, resource servers, token families and
// groups go. ResourceNotFoundException; InvalidParameterException while deletion protection is
// active or a domain is left.
base::Status RemovePool(const Services& services, std::string_view pool_id, uint64_t* head);

// At start: finishes removals that were interrupted.
base::Status FinishPoolRemovals(const Services& services);

}  // namespace sallyport::domain
