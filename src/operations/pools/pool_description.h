// Shared by the user pool operations: converts their input to Pool::description, and a Pool to
// UserPoolType.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

// Sets the members that CreateUserPool and UpdateUserPool have in common, from `input` and AWS's
// defaults. A member that is not given gets its default, except UserPoolTags, DeletionProtection
// and UserPoolTier, which stay as they are. InvalidParameterException for a combination that AWS
// refuses.
base::Status DescribeSettings(const boost::json::object& input, boost::json::object& description);

// UserPoolType.
boost::json::object UserPoolType(const domain::Settings& settings, const domain::Pool& pool,
                                 int64_t estimated_users);

}  // namespace sallyport::operations
