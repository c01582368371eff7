// What a call counts for: the quota of its operation's category; where it tries or makes a password
// or a code, its user's; where anybody may make it, its address's.
//
// Operations that revoke count for nothing, by their type. One kind is the exception: those that
// try a code of anybody who has no credentials (ConfirmForgotPassword).
#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/limits/throttle.h"
#include "operations/dispatch/model.h"
#include "operations/operation.h"

namespace sallyport::operations {

bool IsLimited(const model::OperationModel& model, const AnyOperation& operation);

// The errors of all: TooManyRequestsException; AWS's common ThrottlingException where the operation
// does not declare it.

// Before anything of a call is read: what needs no credentials takes from its address.
base::Status CheckAddress(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address);
// Before an access token is looked at: whether its address has sent too many wrong ones.
base::Status CheckRefused(domain::Throttle& throttle, const model::OperationModel& model,
                          std::string_view address);
// Once it is known who calls.
base::Status CheckQuotas(domain::Throttle& throttle, const model::OperationModel& model,
                         const Call& call, const api::AnyInput& input);

}  // namespace sallyport::operations
