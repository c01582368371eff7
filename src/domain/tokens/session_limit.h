// SessionLimit: how many TokenFamilies of one user may live at a time, where the pool tracks
// sessions (AWS: TokenSession.MaxPerUser).
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class LogTx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Pool;
struct TokenFamily;
struct User;

// A part of a sign-in's commit, after the anchor was written and before `newcomer`, a family of
// `user`, is. Revokes the least recently used families of the user until the newcomer's place is
// free; a limit that was lowered takes effect so. Sign-ins are ordered by their commits: the
// newcomer becomes the most recently used of them, whatever the clock says.
//
// A family whose refresh token has expired while an access token of its may live still takes a
// place, and is the first to go; it is no ground to refuse.
//
// NotAuthorizedException "The user has reached the limit of active sessions." where the pool
// refuses at the limit.
base::Status MakeRoom(store::LogTx& tx, const Services& services, const Pool& pool,
                      const User& user, TokenFamily& newcomer);

}  // namespace sallyport::domain
