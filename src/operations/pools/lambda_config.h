// LambdaConfig: which function a pool calls for which trigger.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

// Member LambdaConfig of CreateUserPool and UpdateUserPool as DescribeUserPool shows it:
// PreTokenGeneration and the ARN of PreTokenGenerationConfig are the same, whichever was given.
// InvalidParameterException where they differ, or a custom sender has no KMSKeyID;
// FeatureUnavailableInTierException where `tier` is kLite and the version of
// PreTokenGenerationConfig is above V1_0.
base::Result<boost::json::object> DescribeLambdaConfig(const boost::json::object& input,
                                                       domain::PoolTier tier);

// As the pool's description has it.
boost::json::object LambdaConfigOf(const domain::Pool& pool);

}  // namespace sallyport::operations
