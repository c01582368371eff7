// LambdaConfig: which functions a pool calls for which triggers.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

// Reads the member LambdaConfig of CreateUserPool and UpdateUserPool, and gives it as
// DescribeUserPool shows it: PreTokenGeneration and the ARN in PreTokenGenerationConfig are made
// equal, whichever was given. InvalidParameterException where they differ, or where a custom sender
// has no KMSKeyID; FeatureUnavailableInTierException where `tier` is kLite and the version in
// PreTokenGenerationConfig is above V1_0.
base::Result<boost::json::object> DescribeLambdaConfig(const boost::json::object& input,
                                                       domain::PoolTier tier);

// From the pool's description.
boost::json::object LambdaConfigOf(const domain::Pool& pool);

}  // namespace sallyport::operations
