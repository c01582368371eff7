// Counts calls for the limits that apply to them: the quota of the operation's category; the limit
// of a user, for calls that try or make a password or a code; and the limit of an address, for
// calls that anybody may make.
//
// Calls of operations that revoke are not counted, which follows from their type. There is one
// exception: operations with which somebody without credentials tries a code
// (ConfirmForgotPassword).
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/limits/throttle.h"
#include "operations/dispatch/model.h"
#include "operations/operation.h"

namespace sallyport::operations {

bool IsLimited(const model::OperationModel& model, const AnyOperation& operation);

// All of these functions give TooManyRequestsException, or AWS's common ThrottlingException where
// the operation does not declare that.

// Called before anything of a call is read: counts calls that need no credentials for their
// address.
base::Status CheckAddress(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address);
// Called before an access token is looked at: whether the address has sent too many wrong ones.
base::Status CheckRefused(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address);
// Called once the caller is known.
base::Status CheckQuotas(domain::Throttle& throttle, const model::OperationModel& model, Call& call,
                         const api::AnyInput& input);

}  // namespace sallyport::operations
