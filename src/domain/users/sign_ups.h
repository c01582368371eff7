// Sign-ups that were never confirmed: a Leftover (ceilings.h).
//
// The anchor of an UNCONFIRMED user has a row in their counted index, which it loses by the write
// that confirms or deletes the user (user.h). At the ceiling those are deleted whose code has
// expired, the oldest first: nobody can confirm them without a new code, and their names are free
// again. One whose code is alive is never deleted, nor one that was sent none, which an
// administrator is to confirm: that one goes by its age alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

// Before a sign-up is hashed: TooManyRequestsException where its commit would find no room.
base::Status CheckRoomForSignUp(store::Reader& reader, const Services& services);
// Within the commit that makes it. TooManyRequestsException.
base::Status MakeRoomForSignUp(store::Tx& tx, const Services& services);

// Within a commit: how many were deleted because the ceiling is reached, or because they were kept
// for Ceilings::unconfirmed_seconds; at most `limit`.
base::Result<size_t> EvictSignUps(store::Tx& tx, const Ceilings& ceilings, store::WatchedTime now,
                                  size_t limit);
base::Result<size_t> DeleteOldSignUps(store::Tx& tx, const Ceilings& ceilings,
                                      store::WatchedTime now, size_t limit);

// At the start, once in the life of a store: gives the sign-ups of older versions their rows. Their
// age begins now.
base::Status IndexSignUps(const Services& services);

}  // namespace sallyport::domain
