// Tags of the resource that a call names. In Cognito only user pools have tags.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

// By their keys.
boost::json::object TagsOf(const domain::Pool& pool);

// The id of the pool with that ARN. ResourceNotFoundException where it is not the ARN of a pool in
// this server's account.
base::Result<std::string> TaggedPool(const Call& call, std::string_view arn);

// InvalidParameterException for a tag whose name begins as those of this server's settings do, but
// which is not one of them or has a value without a meaning. Otherwise the setting would silently
// have its default.
base::Status CheckTags(const boost::json::object& tags);

// One commit: changes the tags, by their keys, of the pool with that ARN.
base::Status ChangeTags(Call& call, std::string_view arn,
                        const std::function<base::Status(boost::json::object& tags)>& change);

}  // namespace sallyport::operations
