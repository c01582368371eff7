// UserFilter: the parameter Filter of ListUsers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

// attribute = "value", or attribute ^= "value" (begins with). The attribute may be in quotes. A
// quote or backslash within the value is written with a backslash before it.
class UserFilter {
 public:
  // InvalidParameterException "Error while parsing filter", or "Invalid search attribute: ..." for
  // an attribute by which AWS does not search.
  static base::Result<UserFilter> Parse(std::string_view text);

  // Where candidates are found: an index of domain/users/user.h, and the prefix of their rows.
  std::string Index() const;
  std::string Prefix(std::string_view pool_id) const;
  // Whether the filter matches a candidate. The beginning of a username is compared as a sign-in
  // compares names, and status exactly; other attributes are compared as Unicode defines it,
  // without regard to letter case (CaseFolded in names.h). For a filter that has Username(), the
  // only candidate is the user who is meant.
  bool Matches(const Pool& pool, const User& user) const;
  // For the filter username = "...": the name that is given. It matches the user who could sign in
  // with it: by username, by an alias of the pool, or by sub. nullopt for every other filter.
  std::optional<std::string_view> Username() const;

 private:
  UserFilter() = default;
  std::string attribute_;
  std::string value_;
  bool prefix_ = false;
};

// The candidates for `filter`, to which Matches must still be applied; without a filter, all users
// of the pool. The items' values are subs. Fewer than `limit` items: there are no more.
base::Result<std::vector<store::ListItem>> UserCandidates(
    store::Reader& reader, const Pool& pool, const std::optional<UserFilter>& filter,
    const std::optional<store::ListPosition>& after, size_t limit);

}  // namespace sallyport::domain
