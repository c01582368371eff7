// Deletes a user and everything that is stored about the user, in one commit.
#pragma once

#include "base/result.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

struct Pool;
struct User;

// Called within a commit: deletes the anchor, the names, the memberships, the password, the counts
// of wrong passwords, and the codes. The caller must have revoked the user's families before.
base::Status DeleteUser(store::Tx& tx, const Pool& pool, const User& user);

}  // namespace sallyport::domain
