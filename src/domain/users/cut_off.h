// The ways to cut a user off. Each is part of a commit and revokes all tokens of the user.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

// What AdminDisableUser does. `user` is as read in this commit.
base::Status DisableUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis);
// What AdminDeleteUser does.
base::Status RemoveUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis);

}  // namespace sallyport::domain
