// Password hashes that another system made, in the formats that CreateUserImportJob accepts.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
//
// clang-format off
//   BCRYPT         $2a$10$ (or 2b, 2x, 2y), 22 characters of salt and 31 of hash; cost 12 at most
//   SCRYPT         N$r$p$salt$hash, salt and hash in hex; at most 65536, 8, 1
//   ARGON2ID       $argon2id$v=19$m=19456,t=2,p=1$salt$hash, what PasswordHasher writes; at most these costs
//   PBKDF2_SHA256  $pbkdf2-sha256$iterations$salt$hash; at most 600,000
// clang-format on
//
// In the last two, salt and hash are base64 without padding; `.` may stand for `+`.
#pragma once

#include <string_view>

#include "base/result.h"

namespace sallyport::domain {

// `algorithm` is a word of PasswordHashingAlgorithmType. InvalidParameterException where `text` is
// not a hash of that algorithm, or would cost more to verify than AWS allows.
base::Status CheckImportedHash(std::string_view algorithm, std::string_view text);

// True where `text` is a hash in one of these formats except Argon2id (PasswordHasher verifies that
// one) and `password` is right. Runs in Lane::kHash.
bool VerifyImportedHash(std::string_view text, std::string_view password);

}  // namespace sallyport::domain
