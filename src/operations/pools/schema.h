// SchemaAttributes: the 20 standard attributes of a user pool, and custom ones.
#pragma once

#include <boost/json/array.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

using SchemaAttributes = api::List<api::SchemaAttributeType>;

// SchemaAttributes of a new pool: the standard attributes, changed by `requested` (the member
// Schema of the input), followed by the custom ones. InvalidParameterException where AWS refuses
// one.
base::Result<boost::json::array> MakeSchema(const SchemaAttributes& requested);

// Adds custom attributes to the schema of an existing pool; the caller writes it afterwards. The
// prefix is put before each name, whatever the name is. InvalidParameterException where AWS refuses
// one.
base::Status AddCustom(const SchemaAttributes& requested, domain::Pool& pool);

}  // namespace sallyport::operations
