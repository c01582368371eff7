// Tags of the resource that a call names: user pools are what Cognito tags.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

// By key.
boost::json::object TagsOf(const domain::Pool& pool);

// The id of the pool with that ARN. ResourceNotFoundException where the ARN is not that of a pool
// of this server's account.
base::Result<std::string> TaggedPool(const Call& call, std::string_view arn);

// InvalidParameterException for a tag whose name begins like those of this server's settings but is
// not one of them, or has a value that says nothing: it would be a default in silence.
base::Status CheckTags(const boost::json::object& tags);

// One commit: the tags, by key, of the pool with that ARN are changed.
base::Status ChangeTags(Call& call, std::string_view arn,
                        const std::function<base::Status(boost::json::object& tags)>& change);

}  // namespace sallyport::operations
