// A pool's settings of second factors, as GetUserPoolMfaConfig and SetUserPoolMfaConfig have them.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

// What both answer: members that are not set are absent.
boost::json::object MfaConfig(const domain::Pool& pool);

// Sets what the input of SetUserPoolMfaConfig says. The second factors that it does not name are
// none any more, but for SMS, whose settings are the pool's also otherwise; passkeys are no second
// factor, and stay as they are. InvalidParameterException for what cannot be kept, and for what AWS
// refuses: factors of a pool without MFA, and MFA without a factor.
base::Status SetMfaConfig(const api::SetUserPoolMfaConfigInput& input, domain::Pool& pool);

}  // namespace sallyport::operations
