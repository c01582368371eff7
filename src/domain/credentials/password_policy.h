// PasswordPolicy: what a pool demands of a password.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {

// InvalidPasswordException "Password did not conform with policy: ..." where it does not.
base::Status CheckPassword(const Pool& pool, std::string_view password);

// A random password that conforms.
std::string MakeTemporaryPassword(const Pool& pool);

// How many passwords, the present one among them, a user may not take again; 0: any may be.
size_t PasswordHistorySize(const Pool& pool);

// How long a temporary password serves, in milliseconds.
int64_t TemporaryPasswordMillis(const Pool& pool);

}  // namespace sallyport::domain
