// Passwords: how a user's password is checked, hashed, kept and changed.
//
// The anchor holds the present hash. Record "password/{pool}/{sub}" holds what only a change of the
// password needs: the hashes of past passwords (PasswordHistorySize).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/pool.h"
#include "domain/services.h"
#include "domain/user.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::domain {

// All that is kept of a password, made before the commit.
struct PreparedPassword {
  std::string phc;
};

// Checks the pool's policy and the user's history, and hashes: prepare step, Lane::kHash. `user`
// has its sub and username. InvalidPasswordException, PasswordHistoryPolicyViolationException.
base::Result<PreparedPassword> PreparePassword(const Services& services, const Pool& pool,
                                               const User& user, std::string_view password);

// Within a commit: makes it the user's password. The anchor (`user`) is the caller's to write.
base::Status SetPassword(store::Tx& tx, const Pool& pool, User& user,
                         const PreparedPassword& prepared, std::string_view status,
                         int64_t now_millis);

// Within a commit: deletes what is kept beside the anchor.
base::Status DeletePassword(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
