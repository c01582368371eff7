// A pool's settings for second factors, for GetUserPoolMfaConfig and SetUserPoolMfaConfig.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

// The answer of both operations. Members that are not set are absent.
boost::json::object MfaConfig(const domain::Pool& pool);

// Applies the input of SetUserPoolMfaConfig. A second factor that the input does not name is
// switched off, except SMS, whose settings the pool also has otherwise. Passkeys are not a second
// factor, and stay as they are. InvalidParameterException for settings that cannot be stored, and
// for what AWS refuses: factors in a pool without MFA, and MFA without a factor.
base::Status SetMfaConfig(const api::SetUserPoolMfaConfigInput& input, domain::Pool& pool);

}  // namespace sallyport::operations
