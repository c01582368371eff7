// What a call counts for: the quota of its operation's category and, where it tries or makes a
// password or a code, its user's.
#pragma once

#include "base/result.h"
#include "domain/throttle.h"
#include "operations/dispatch/model.h"
#include "operations/operation.h"

namespace sallyport::operations {

// TooManyRequestsException; AWS's common ThrottlingException where the operation does not declare
// it.
base::Status CheckQuotas(domain::Throttle& throttle, const model::OperationModel& model,
                         const Call& call, const api::AnyInput& input);

}  // namespace sallyport::operations
