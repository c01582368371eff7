// How a user's password is checked, hashed, stored and changed.
//
// The user's anchor record has the hash of the present password. Record "password/{pool}/{sub}" has
// what is needed less often: the SRP verifier of the present password, sealed by the Vault, and the
// hashes of past passwords (PasswordHistorySize).
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

// What is stored of a password for sign-ins by SRP.
struct KeptSrp {
  std::string sealed;  // the verifier, sealed for this user
  // The USER_ID_FOR_SRP that the verifier was made with; empty: as older versions had it.
  std::string user_id;
};

// All that is stored of a password, computed before the commit.
struct PreparedPassword {
  std::string phc;
  KeptSrp srp;
};

// The key of the record that has what is kept beside the present hash: earlier ones, and the SRP
// verifier.
std::string PasswordRecordKey(std::string_view pool_id, std::string_view sub);

// Checks `password` against the pool's policy and the user's past passwords, and hashes it. Called
// in the prepare step, in Lane::kHash. `user` needs its sub and username. InvalidPasswordException,
// PasswordHistoryPolicyViolationException.
base::Result<PreparedPassword> PreparePassword(const Services& services, const Pool& pool,
                                               const User& user, std::string_view password);

// The same without the checks, for a password that the user had before they came to this pool. Runs
// in Lane::kHash.
base::Result<PreparedPassword> PrepareUncheckedPassword(const Services& services, const Pool& pool,
                                                        const User& user,
                                                        std::string_view password);

// Called within a commit: makes it the user's password, and ends a lock-out (password_guesses.h).
// The caller writes the anchor (`user`) afterwards.
base::Status SetPassword(store::Tx& tx, const Pool& pool, User& user,
                         const PreparedPassword& prepared, std::string_view status,
                         int64_t now_millis);

// The user's USER_ID_FOR_SRP, which goes into the verifier. It is in the form in which names are
// compared, so that the letter case in the answer does not tell whether the user exists.
std::string SrpUserId(const Pool& pool, const User& user);
// The verifier of the user's present password, and the USER_ID_FOR_SRP that it was made with (an
// older version may have used another than SrpUserId). nullopt: the password was set by a version
// without verifiers.
struct UserVerifier {
  SrpVerifier verifier;
  std::string user_id;
};
base::Result<std::optional<UserVerifier>> GetSrpVerifier(const Services& services,
                                                         store::Reader& reader, const Pool& pool,
                                                         const User& user);
// What can be added to the store when a password has just been verified: a verifier, where there is
// none or an older version made it; and one of our own hashes in place of an imported one.
struct PasswordUpgrade {
  KeptSrp srp;
  std::string phc;  // empty: the stored hash is already one of ours
};
// nullopt: there is nothing to add. Runs in Lane::kHash.
base::Result<std::optional<PasswordUpgrade>> PreparePasswordUpgrade(const Services& services,
                                                                    const Pool& pool,
                                                                    const User& user,
                                                                    std::string_view password);
// Called within a commit that has found the user with the same password. The caller writes the
// anchor afterwards.
base::Status UpgradePassword(store::Tx& tx, User& user, const PasswordUpgrade& upgrade);

// Called within a commit: deletes the record beside the anchor.
base::Status DeletePassword(store::Tx& tx, const User& user);

}  // namespace sallyport::domain
