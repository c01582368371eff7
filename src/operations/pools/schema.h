// SchemaAttributes: the 20 standard attributes of a user pool, and the custom ones.
#pragma once

#include <boost/json/array.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

using SchemaAttributes = api::List<api::SchemaAttributeType>;

// SchemaAttributes of a new pool: the standard attributes, changed by `requested` (the input's
// Schema), then the custom ones. InvalidParameterException where AWS refuses it.
base::Result<boost::json::array> MakeSchema(const SchemaAttributes& requested);

// Adds custom attributes to the schema of a pool that exists, which is yet to be put: each name
// gets its prefix, whatever it is. InvalidParameterException where AWS refuses one.
base::Status AddCustom(const SchemaAttributes& requested, domain::Pool& pool);

}  // namespace sallyport::operations
