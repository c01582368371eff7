// What the user pool operations share: from input to Pool::description, and from Pool to
// UserPoolType.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

// Sets the members that both CreateUserPool and UpdateUserPool have: those of `input`, completed by
// AWS's defaults; a member that is not given gets its default, except UserPoolTags,
// DeletionProtection and UserPoolTier, which then stay as they are. InvalidParameterException where
// AWS refuses a combination.
base::Status DescribeSettings(const boost::json::object& input, boost::json::object& description);

// UserPoolType.
boost::json::object UserPoolType(const domain::Settings& settings, const domain::Pool& pool,
                                 int64_t estimated_users);

}  // namespace sallyport::operations
