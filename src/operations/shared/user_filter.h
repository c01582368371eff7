// UserFilter: the Filter of ListUsers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/user.h"

namespace sallyport::operations {

// attribute = "value", or attribute ^= "value" (begins with). The attribute may be quoted; a quote
// or backslash within the value is written after a backslash.
class UserFilter {
 public:
  // InvalidParameterException "Error while parsing filter", or "Invalid search attribute: ..." for
  // one that AWS does not search by.
  static base::Result<UserFilter> Parse(std::string_view text);

  // Where the candidates are: an index of domain/user.h, and the prefix of their rows.
  std::string Index() const;
  std::string Prefix(std::string_view pool_id) const;
  // Whether a candidate is meant. username and status are compared as they are, the others without
  // regard to case.
  bool Matches(const domain::User& user) const;

 private:
  UserFilter() = default;
  std::string attribute_;
  std::string value_;
  bool prefix_ = false;
};

}  // namespace sallyport::operations
