// Shared by the user import operations.
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

// The job that a call names.
struct NamedJob {
  template <typename Input>
  explicit NamedJob(const Input& input) : pool_id(input.user_pool_id()), job_id(input.job_id()) {}

  std::string_view pool_id;
  std::string_view job_id;
};

// One commit: reads the job, applies `change` and writes it. Gives the answer of StartUserImportJob
// and StopUserImportJob.
base::Result<boost::json::object> ChangeUserImportJob(
    Call& call, const NamedJob& named,
    const std::function<base::Status(domain::UserImportJob& job)>& change);

}  // namespace sallyport::operations
