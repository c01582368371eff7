// What a pool requires of its users' passwords.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {

// InvalidPasswordException "Password did not conform with policy: ..." where the password does not
// fulfil the policy.
base::Status CheckPassword(const Pool& pool, std::string_view password);

// A random password that fulfils the policy.
std::string MakeTemporaryPassword(const Pool& pool);

// How many of the last passwords, including the present one, a user may not choose again; 0: any
// may be chosen.
size_t PasswordHistorySize(const Pool& pool);

// For how long a temporary password is valid, in milliseconds.
int64_t TemporaryPasswordMillis(const Pool& pool);

}  // namespace sallyport::domain
