// What the user import operations share.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "base/result.h"
#include "domain/user_import.h"
#include "operations/operation.h"

namespace sallyport::operations {

// UserImportJobType.
boost::json::object UserImportJobType(const domain::Services& services,
                                      const domain::UserImportJob& job);

// One commit: the job of members UserPoolId and JobId is read, `change` is done to it, and it is
// written. The answer of StartUserImportJob and StopUserImportJob.
base::Result<boost::json::object> ChangeUserImportJob(
    Call& call, const boost::json::object& input,
    const std::function<base::Status(domain::UserImportJob& job)>& change);

}  // namespace sallyport::operations
