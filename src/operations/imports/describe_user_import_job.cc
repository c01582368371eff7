// DescribeUserImportJob: shows the state of one user import job and how many users it has imported.
#include "domain/users/user_import.h"
#include "operations/imports/user_import_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserImportJob(Call& call,
                                                    const api::DescribeUserImportJobInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::UserImportJob job,
                   domain::GetUserImportJob(call.services.store, pool->id, input.job_id()));
  return json::object{{"UserImportJob", UserImportJobType(call.services, job)}};
}

}  // namespace

const Operation<api::DescribeUserImportJobInput> kDescribeUserImportJob =
    MakeOperation<RunDescribeUserImportJob>();

}  // namespace sallyport::operations
