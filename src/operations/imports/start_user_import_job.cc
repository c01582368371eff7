// StartUserImportJob: puts a job whose file was uploaded into the queue of imports. Jobs run one
// after the other, in the order in which they were started.
#include "domain/errors.h"
#include "domain/users/user_import.h"
#include "operations/imports/user_import_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunStartUserImportJob(Call& call,
                                                 const api::StartUserImportJobInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  if (pool->settings.auto_verified.none()) {
    return domain::error::kImportNoAutoVerified();
  }
  return ChangeUserImportJob(call, NamedJob(input),
                             [&](domain::UserImportJob& job) -> base::Status {
                               if (job.status != domain::kImportCreated) {
                                 return domain::error::kImportCannotStart(job.status);
                               }
                               if (job.file.empty()) {
                                 return domain::error::kImportNoFile();
                               }
                               job.status = domain::kImportPending;
                               job.started_millis = call.services.clock.WallMillis();
                               return {};
                             });
}

}  // namespace

const Operation<api::StartUserImportJobInput> kStartUserImportJob =
    MakeOperation<RunStartUserImportJob>();

}  // namespace sallyport::operations
