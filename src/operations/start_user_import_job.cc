// StartUserImportJob: the uploaded file becomes users, after the jobs that were started before.
#include "domain/user_import.h"
#include "operations/operation.h"
#include "operations/shared/user_import_shapes.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Error NotMet(std::string message) {
  return {"PreconditionNotMetException", std::move(message), ""};
}

base::Result<json::object> RunStartUserImportJob(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  if (pool->settings.auto_verified.none()) {
    return NotMet(
        "The user pool has no auto verified attribute: imported users could not reset their "
        "passwords.");
  }
  return ChangeUserImportJob(call, input, [&](domain::UserImportJob& job) -> base::Status {
    if (job.status != domain::kImportCreated) {
      return NotMet("The user import job cannot be started: it is " + job.status + ".");
    }
    if (job.file.empty()) {
      return NotMet("The user import job has no file: upload the CSV file to its PreSignedUrl.");
    }
    job.status = domain::kImportPending;
    job.started_millis = call.services.clock.WallMillis();
    return {};
  });
}

}  // namespace

const Operation kStartUserImportJob{RunStartUserImportJob};

}  // namespace sallyport::operations
