#include "operations/imports/user_import_shapes.h"

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"

namespace sallyport::operations {

namespace json = boost::json;

json::object UserImportJobType(const domain::Services& services, const domain::UserImportJob& job) {
  json::object shown{{"JobName", job.name},
                     {"JobId", job.id},
                     {"UserPoolId", job.pool_id},
                     {"PreSignedUrl", domain::UserImportUrl(services, job)},
                     {"CreationDate", domain::Timestamp(job.created_millis)},
                     {"Status", job.status},
                     {"CloudWatchLogsRoleArn", job.role_arn},
                     {"ImportedUsers", job.imported},
                     {"SkippedUsers", job.skipped},
                     {"FailedUsers", job.failed}};
  if (job.started_millis != 0) shown["StartDate"] = domain::Timestamp(job.started_millis);
  if (job.completed_millis != 0) {
    shown["CompletionDate"] = domain::Timestamp(job.completed_millis);
    shown["CompletionMessage"] = job.completion_message;
  }
  if (!job.hashing_algorithm.empty()) shown["PasswordHashingAlgorithm"] = job.hashing_algorithm;
  return shown;
}

base::Result<json::object> ChangeUserImportJob(
    Call& call, const NamedJob& named,
    const std::function<base::Status(domain::UserImportJob& job)>& change) {
  domain::UserImportJob job;
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, named.pool_id));
    SALLYPORT_ASSIGN(job, domain::GetUserImportJob(tx, pool.id, named.job_id));
    SALLYPORT_TRY(change(job));
    return domain::PutUserImportJob(tx, job);
  };
  SALLYPORT_TRY(domain::Commit(call.services, commit));
  if (call.services.imports_changed) call.services.imports_changed();
  return json::object{{"UserImportJob", UserImportJobType(call.services, job)}};
}

}  // namespace sallyport::operations
