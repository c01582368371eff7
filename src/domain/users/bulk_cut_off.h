// Cutting off many users at once: those that a filter of ListUsers finds.
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

// One page of them.
struct BulkCutOff {
  std::string pool_id;
  std::string filter;  // ListUsers' Filter; empty: all users
  CutOff act = CutOff::kSignOut;
  std::string cursor;   // BulkCutOffPage::next of the page before; empty: the first page
  size_t limit = 5000;  // candidates that the page looks at
};

struct BulkCutOffPage {
  uint64_t users = 0;                  // whom the filter means and who were cut off
  std::vector<std::string> usernames;  // of the first of them, at most kSampleUsers
  std::string next;                    // empty: no user follows
};

// A page that was cut off. They are cut off everywhere once this is released, those too of whom it
// found that others had cut them off.
struct CutOffPage {
  BulkCutOffPage page;
  store::Release release;
};

inline constexpr size_t kSampleUsers = 10;
inline constexpr size_t kGreatestBulkLimit = 10'000;

// In commits of few users each, so that others' commits wait for none long; a user who changed
// since the page was read is read again in the commit, and cut off only if the filter still means
// the user. An error leaves a part of the page done; doing the page once more is right, and does
// no harm but to those who signed in again since.
//
// Who comes into the pool meanwhile may be left out.
// ResourceNotFoundException; InvalidParameterException for a filter or cursor that cannot be read.
base::Result<CutOffPage> CutOffUsers(const Services& services, const BulkCutOff& request);

// Whom it would be about; nothing is done to anybody.
base::Result<BulkCutOffPage> CountUsers(const Services& services, const BulkCutOff& request);

}  // namespace sallyport::domain
