// UserImportColumns: what the columns of an import file mean in a pool. It makes a user from each
// row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"

namespace sallyport::domain {

// The header of an import file for this pool, as GetCSVHeader gives it.
std::vector<std::string> ImportHeader(const Pool& pool);

class UserImportColumns {
 public:
  // `algorithm` is the job's PasswordHashingAlgorithm, or empty. InvalidParameterException, with at
  // most 128 characters, where no row of such a file could be imported.
  static base::Result<UserImportColumns> Read(const Pool& pool, std::string_view algorithm,
                                              const std::vector<std::string>& header);

  // Makes a new user. Without a password_hash the status is RESET_REQUIRED, as the user has no
  // password yet; with one it is CONFIRMED. InvalidParameterException where AWS would not import
  // the row. `pool` is the one that was passed to Read.
  base::Result<User> NewUser(const Pool& pool, const std::vector<std::string>& fields,
                             int64_t now_millis) const;
  // The value of the column cognito:username.
  std::string_view Username(const std::vector<std::string>& fields) const;

 private:
  base::Status CheckVerified(const Pool& pool, const User& user) const;

  std::vector<std::string> names_;
  size_t username_ = 0;
  std::string algorithm_;
};

}  // namespace sallyport::domain
