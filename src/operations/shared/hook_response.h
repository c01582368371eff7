// Reading what a pool's functions answer.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"

namespace sallyport::operations {

// A boolean of event.response; false where the function leaves it out or sets it to null.
// InvalidLambdaResponseException for anything else.
base::Result<bool> HookFlag(const boost::json::object& response, std::string_view name);

}  // namespace sallyport::operations
