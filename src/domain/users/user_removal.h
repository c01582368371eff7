// The end of a user: everything that is kept of one, deleted in one commit.
#pragma once

#include "base/result.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

struct Pool;
struct User;

// Within a commit: deletes the anchor, the names, the memberships, the password, what was counted
// of wrong ones, and the codes. The user's families are the caller's to revoke before.
base::Status DeleteUser(store::Tx& tx, const Pool& pool, const User& user);

}  // namespace sallyport::domain
