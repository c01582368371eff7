// Passwords: how a user's password is checked, hashed, kept and changed.
//
// The anchor holds the present hash. Record "password/{pool}/{sub}" holds the present password's
// SRP verifier, sealed by the Vault, and what only a change of the password needs: the hashes of
// past passwords (PasswordHistorySize).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/credentials/srp.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/users/user.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

// What is kept of a password for SRP.
struct KeptSrp {
  std::string sealed;   // the verifier, for this user
  std::string user_id;  // USER_ID_FOR_SRP that it was made with; empty: as older versions had it
};

// All that is kept of a password, made before the commit.
struct PreparedPassword {
  std::string phc;
  KeptSrp srp;
};

// Checks the pool's policy and the user's history, and hashes: prepare step, Lane::kHash. `user`
// has its sub and username. InvalidPasswordException, PasswordHistoryPolicyViolationException.
base::Result<PreparedPassword> PreparePassword(const Services& services, const Pool& pool,
                                               const User& user, std::string_view password);

// The same without any check: for a password that was the user's before it came here. Lane::kHash.
base::Result<PreparedPassword> PrepareUncheckedPassword(const Services& services, const Pool& pool,
                                                        const User& user,
                                                        std::string_view password);

// Within a commit: makes it the user's password, and ends a lock-out (password_guesses.h). The
// anchor (`user`) is the caller's to write.
base::Status SetPassword(store::Tx& tx, const Pool& pool, User& user,
                         const PreparedPassword& prepared, std::string_view status,
                         int64_t now_millis);

// USER_ID_FOR_SRP of the user: the name that verifiers are made with. In the form in which names
// are compared, so that the case of the answer does not tell that the user exists.
std::string SrpUserId(const Pool& pool, const User& user);
// The verifier of the user's present password, and the USER_ID_FOR_SRP that it was made with, which
// differs from SrpUserId where an older version made it; nullopt: the password was set before there
// were verifiers.
struct UserVerifier {
  SrpVerifier verifier;
  std::string user_id;
};
base::Result<std::optional<UserVerifier>> GetSrpVerifier(const Services& services,
                                                         store::Reader& reader, const Pool& pool,
                                                         const User& user);
// What a password that was just verified to be the user's is an occasion to make: the verifier,
// where there is none or an older version's name is in it, and with it a hash of ours in place of
// an imported one.
struct PasswordUpgrade {
  KeptSrp srp;
  std::string phc;  // empty: the hash is ours
};
// nullopt: there is nothing to make. Lane::kHash.
base::Result<std::optional<PasswordUpgrade>> PreparePasswordUpgrade(const Services& services,
                                                                    const Pool& pool,
                                                                    const User& user,
                                                                    std::string_view password);
// Within a commit that has found the user with the same password. The anchor is the caller's to
// write.
base::Status UpgradePassword(store::Tx& tx, User& user, const PasswordUpgrade& upgrade);

// Within a commit: deletes what is kept beside the anchor.
base::Status DeletePassword(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
