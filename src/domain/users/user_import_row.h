// UserImportColumns: what the columns of an import file mean in one pool, and a user of each row.
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
  // `algorithm`: the job's PasswordHashingAlgorithm, or empty. InvalidParameterException, in at
  // most 128 characters, where no row of such a file could be imported.
  static base::Result<UserImportColumns> Read(const Pool& pool, std::string_view algorithm,
                                              const std::vector<std::string>& header);

  // A user that is new: RESET_REQUIRED, for no password comes with it; or, with a password_hash,
  // CONFIRMED. InvalidParameterException where AWS does not import the row. `pool` is the one that
  // was read.
  base::Result<User> NewUser(const Pool& pool, const std::vector<std::string>& fields,
                             int64_t now_millis) const;
  // The cell of cognito:username.
  std::string_view Username(const std::vector<std::string>& fields) const;

 private:
  base::Status CheckVerified(const Pool& pool, const User& user) const;

  std::vector<std::string> names_;
  size_t username_ = 0;
  std::string algorithm_;
};

}  // namespace sallyport::domain
