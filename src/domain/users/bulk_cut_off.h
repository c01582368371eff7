// Cuts off many users at once: those that a filter of ListUsers matches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {

enum class CutOff {
  kSignOut,  // as AdminUserGlobalSignOut does
  kDisable,  // as AdminDisableUser does
  kDelete,   // as AdminDeleteUser does
};

// A request for one page of users.
struct BulkCutOff {
  std::string pool_id;
  std::string filter;  // Filter as in ListUsers; empty: all users
  CutOff act = CutOff::kSignOut;
  std::string cursor;   // BulkCutOffPage::next of the page before; empty: the first page
  size_t limit = 5000;  // how many candidates the page looks at
};

struct BulkCutOffPage {
  uint64_t users = 0;                  // how many users the filter matched and were cut off
  std::vector<std::string> usernames;  // of the first of them, at most kSampleUsers
  std::string next;                    // empty: there are no more users
};

// A page of users that were cut off. Once the Release is reached, all of them are cut off
// everywhere, including those whom another call had cut off before.
struct CutOffPage {
  BulkCutOffPage page;
  store::Release release;
};

inline constexpr size_t kSampleUsers = 10;
inline constexpr size_t kGreatestBulkLimit = 10'000;

// Works in commits of few users each, so that the commits of other calls never wait for long. A
// user who has changed since the page was read is read again in the commit, and cut off only if the
// filter still matches. After an error, a part of the page is done. The caller should do the whole
// page again; the only users whom that affects a second time are those who have signed in again
// since.
//
// Users who are added to the pool meanwhile may be left out. ResourceNotFoundException;
// InvalidParameterException for a filter or cursor that cannot be read.
base::Result<CutOffPage> CutOffUsers(const Services& services, const BulkCutOff& request);

// Counts the users whom CutOffUsers would cut off, and changes nothing.
base::Result<BulkCutOffPage> CountUsers(const Services& services, const BulkCutOff& request);

}  // namespace sallyport::domain
