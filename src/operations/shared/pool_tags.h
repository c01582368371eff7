// Tags of the resource that a call names: user pools are what Cognito tags.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "operations/operation.h"

namespace sallyport::operations {

// The pool id of member ResourceArn. ResourceNotFoundException where the ARN is not that of a pool
// of this server's account.
base::Result<std::string> TaggedPool(const Call& call, const boost::json::object& input);

// One commit: the pool's tags, by key, are changed.
base::Status ChangeTags(Call& call, const boost::json::object& input,
                        const std::function<base::Status(boost::json::object& tags)>& change);

}  // namespace sallyport::operations
