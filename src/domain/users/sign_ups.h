// Sign-ups that were never confirmed: a kind of Leftover (ceilings.h).
//
// The anchor of an UNCONFIRMED user has a row in their counted index, until a write confirms or
// deletes the user (user.h). When the ceiling is reached, those whose code has expired are deleted,
// the oldest first: nobody can confirm them without a new code, and their names become free. A
// sign-up whose code is still valid is never deleted for this reason. Neither is one that was sent
// no code, because an administrator has to confirm it; that one is deleted only when it is too old.
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

// Called before the password of a sign-up is hashed: TooManyRequestsException where its commit
// would find no room.
base::Status CheckRoomForSignUp(store::Reader& reader, const Services& services);
// Called within the commit that writes the sign-up. TooManyRequestsException.
base::Status MakeRoomForSignUp(store::Tx& tx, const Services& services);

// Called within a commit: deletes sign-ups while their ceiling is reached, and those that are older
// than Ceilings::unconfirmed_seconds, at most `limit`. Gives how many.
base::Result<size_t> EvictSignUps(store::Tx& tx, const Ceilings& ceilings, store::WatchedTime now,
                                  size_t limit);
base::Result<size_t> DeleteOldSignUps(store::Tx& tx, const Ceilings& ceilings,
                                      store::WatchedTime now, size_t limit);

// Called when the server starts, once in the life of a store: indexes the sign-ups that older
// versions stored. Their age is counted from now.
base::Status IndexSignUps(const Services& services);

}  // namespace sallyport::domain
