// What cuts a user off: parts of a commit, each with the revocation of all the user's tokens.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

// AdminDisableUser. `user` as read in this commit.
base::Status DisableUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis);
// AdminDeleteUser.
base::Status RemoveUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis);

}  // namespace sallyport::domain
