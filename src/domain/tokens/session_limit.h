// SessionLimit: how many TokenFamilies of one user may be alive at the same time, where the pool
// tracks sessions (TokenSession.MaxPerUser in AWS's API).
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class LogTx;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;
struct TokenFamily;
struct User;

// Part of a sign-in's commit, called after the anchor was written and before `newcomer`, the new
// family of `user`, is written. Revokes the least recently used families of the user until there is
// room for the newcomer; so a limit that was lowered takes effect at the next sign-in. Sign-ins are
// ordered by their commits: the newcomer is the most recently used family, whatever the clock says.
// The BrowserSession in which a revoked family began ends with it, unless the newcomer began in the
// same; and a user may have no more BrowserSessions than families.
//
// A family whose refresh token has expired, while one of its access tokens may still be valid,
// takes up room. It is the first to be revoked, and is never a reason to refuse the sign-in.
//
// NotAuthorizedException "The user has reached the limit of active sessions." where the pool is set
// to refuse at the limit.
base::Status MakeRoom(store::LogTx& tx, const Services& services, const Pool& pool,
                      const User& user, TokenFamily& newcomer);

// Called within the commit of a sign-in in a browser. Gives the same error where the limit would
// leave no room for a session of that sign-in.
base::Status CheckSessionRoom(store::Tx& tx, const Services& services, const Pool& pool,
                              const User& user);

}  // namespace sallyport::domain
