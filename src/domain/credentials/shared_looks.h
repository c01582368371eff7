// SharedLooks: looks at passwords that are under way on all servers of a store together, as
// password_looks.h has them for one server. Only where another server serves the same store.
//
// Record "password-looks/{pool}/{subject}": {"Looks": {id: until, ...}}. A look that nobody ends,
// because its server has died, ends by itself.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/credentials/password_guesses.h"

namespace sallyport::domain {

// Index of the records, in the order of ExpirySort(when the last look ends by itself, by the
// watched time).
inline constexpr std::string_view kPasswordLooksByExpiry = "password-looks-by-expiry";

// Whether looks must be reserved in the store.
bool SharesLooks(const Services& services);

// Reserves a look for all servers, and gives its id. By the same rule as PasswordLooks::Reserve: it
// counts as a wrong password until it has ended. NotAuthorizedException "Password attempts
// exceeded" where the subject is locked out, or where too many looks are under way: at once, or at
// `deadline` if it `waits`.
base::Result<std::string> ReserveSharedLook(const Services& services, const GuessSubject& subject,
                                            bool waits,
                                            std::chrono::steady_clock::time_point deadline);
// Called within a commit: ends a look.
base::Status EndSharedLook(store::Tx& tx, const Services& services, const GuessSubject& subject,
                           const std::string& id);
// Called within the commit of a wrong password. Refuses it where wrong passwords that another
// server has stored meanwhile have used up the attempts: then nothing may be told about this one.
base::Status CheckSharedGuesses(store::Tx& tx, const Services& services,
                                const GuessSubject& subject);

}  // namespace sallyport::domain
