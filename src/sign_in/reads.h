// What a sign-in is about to read, for a store in which each read is a round trip to a database
// (store/read_ahead.h). It is only a guess of what may be needed; if it is wrong, the call is
// slower, and nothing else happens.
#pragma once

#include <string_view>

#include "domain/services.h"
#include "sign_in/attempt.h"
#include "sign_in/progress.h"
#include "store/read_ahead.h"

namespace sallyport::sign_in {

// The first reads of a call that begins a sign-in: client and pool, who has the name, and whether
// that user is locked out. For a name that nobody has, the same is read. `by_password`: the call
// gives a password. Then what the server needs only after a right password is read as well. In
// other calls it is not, because the time of the answer would reveal whether there is such a user.
store::Expecting ExpectBeginning(const domain::Services& services, std::string_view client_id,
                                 std::string_view name, bool by_password);
// Before a look at the user's password is reserved: what will be read after that, up to the commit
// that completes the sign-in. Only where the reservation is a commit (domain::SharesLooks).
store::Expecting ExpectAfterReservation(const Attempt& attempt, const Progress& progress);
// What is read after a proof, up to the commit: the lock-out, by which the proof is judged, and
// what is in the tokens. From then on, nothing that was read before the proof is used. nullptr: the
// proof was refused.
store::Expecting ExpectAfterProof(const Attempt& attempt, const Progress* proved);

}  // namespace sallyport::sign_in
