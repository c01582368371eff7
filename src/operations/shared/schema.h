// SchemaAttributes: the 20 standard attributes of a user pool, and the custom ones.
#pragma once

#include <boost/json/array.hpp>

#include "base/result.h"

namespace sallyport::operations {

// SchemaAttributes of a new pool: the standard attributes, changed by `requested` (the input's
// Schema), then the custom ones. InvalidParameterException where AWS refuses it.
base::Result<boost::json::array> MakeSchema(const boost::json::array& requested);

// Adds custom attributes to the schema of a pool that exists: each name gets its prefix, whatever
// it is. InvalidParameterException where AWS refuses one.
base::Status AddCustom(const boost::json::array& requested, boost::json::array& schema);

}  // namespace sallyport::operations
