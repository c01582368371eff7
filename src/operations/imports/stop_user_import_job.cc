// StopUserImportJob: stops an import. Users that it has imported stay, and the job cannot be
// started again.
#include "domain/errors.h"
#include "domain/users/user_import.h"
#include "operations/imports/user_import_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunStopUserImportJob(Call& call,
                                                const api::StopUserImportJobInput& input) {
  std::string file;
  auto stopped =
      ChangeUserImportJob(call, NamedJob(input), [&](domain::UserImportJob& job) -> base::Status {
        file.clear();
        if (job.status == domain::kImportPending) {
          file = job.file;
          domain::EndUserImport(job, domain::kImportStopped, domain::kImportStoppedMessage,
                                call.services.clock.WallMillis());
        } else if (job.status == domain::kImportInProgress) {
          job.status = domain::kImportStopping;
        } else if (job.status != domain::kImportStopping) {
          return domain::error::kImportNotInProgress(job.status);
        }
        return {};
      });
  if (stopped) domain::DeleteImportFile(call.services, file);
  return stopped;
}

}  // namespace

const Operation<api::StopUserImportJobInput> kStopUserImportJob =
    MakeOperation<RunStopUserImportJob>();

}  // namespace sallyport::operations
