// What the user import operations share.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "domain/users/user_import.h"
#include "operations/operation.h"

namespace sallyport::operations {

// UserImportJobType.
boost::json::object UserImportJobType(const domain::Services& services,
                                      const domain::UserImportJob& job);

// A job that a call names.
struct NamedJob {
  template <typename Input>
  explicit NamedJob(const Input& input) : pool_id(input.user_pool_id()), job_id(input.job_id()) {}

  std::string_view pool_id;
  std::string_view job_id;
};

// One commit: the job is read, `change` is done to it, and it is
// written. The answer of StartUserImportJob and StopUserImportJob.
base::Result<boost::json::object> ChangeUserImportJob(
    Call& call, const NamedJob& named,
    const std::function<base::Status(domain::UserImportJob& job)>& change);

}  // namespace sallyport::operations
