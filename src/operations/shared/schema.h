// SchemaAttributes: the 20 standard attributes of a user pool, and the custom ones.
#pragma once

#include <boost/json/array.hpp>

#include "base/result.h"

namespace sallyport::operations {

// SchemaAttributes of a new pool: the standard attributes, changed by `requested` (the input's
// Schema; nullptr: none), then the custom ones. InvalidParameterException where AWS refuses it.
base::Result<boost::json::array> MakeSchema(const boost::json::array* requested);

}  // namespace sallyport::operations
