// What a sign-in is about to read, for a store to which each read is a journey
// (store/read_ahead.h). It is only a guess of what may be needed: nothing rests on it.
#pragma once

#include <string_view>

#include "domain/services.h"
#include "sign_in/attempt.h"
#include "sign_in/progress.h"
#include "store/read_ahead.h"

namespace sallyport::sign_in {

// The first reads of a call that begins a sign-in: client and pool, who has the name, and whether
// that user is locked out. For a name that nobody has, the same is read. `by_password`: a password
// is given. What only a right one makes the server read is then read with it, and in no other call,
// where it would tell by the time whether there is such a user.
store::Expecting ExpectBeginning(const domain::Services& services, std::string_view client_id,
                                 std::string_view name, bool by_password);
// Before a look at the user's password is reserved: what will be read after that, up to the commit
// that completes the sign-in. Only where the reservation is a commit (domain::SharesLooks).
store::Expecting ExpectAfterReservation(const Attempt& attempt, const Progress& progress);
// What is read after a proof, up to the commit: the lock-out, by which the proof is judged, and
// what is in the tokens. Nothing that was read before it is given any more. nullptr: the proof was
// refused.
store::Expecting ExpectAfterProof(const Attempt& attempt, const Progress* proved);

}  // namespace sallyport::sign_in
