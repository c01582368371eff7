// UserFilter: the Filter of ListUsers.
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

// attribute = "value", or attribute ^= "value" (begins with). The attribute may be quoted; a quote
// or backslash within the value is written after a backslash.
class UserFilter {
 public:
  // InvalidParameterException "Error while parsing filter", or "Invalid search attribute: ..." for
  // one that AWS does not search by.
  static base::Result<UserFilter> Parse(std::string_view text);

  // Where the candidates are: an index of domain/users/user.h, and the prefix of their rows.
  std::string Index() const;
  std::string Prefix(std::string_view pool_id) const;
  // Whether a candidate is meant. The beginning of a username is compared as a sign-in compares
  // names, and status as it is; the others without regard to case. For Username() there is no
  // candidate but the one that is meant.
  bool Matches(const Pool& pool, const User& user) const;
  // For username = "...": the name that is given, which means the user whom a sign-in by it finds:
  // by the username, an alias of the pool, or the sub. nullopt for every other filter.
  std::optional<std::string_view> Username() const;

 private:
  UserFilter() = default;
  std::string attribute_;
  std::string value_;
  bool prefix_ = false;
};

// The users whom `filter` may mean, of whom its Matches decides; without one, all of the pool. The
// items' values are subs. Fewer than `limit`: no more follow.
base::Result<std::vector<store::ListItem>> UserCandidates(
    store::Reader& reader, const Pool& pool, const std::optional<UserFilter>& filter,
    const std::optional<store::ListPosition>& after, size_t limit);

}  // namespace sallyport::domain
