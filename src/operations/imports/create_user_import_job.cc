// CreateUserImportJob: creates a job that imports users from a CSV file, and gives the URL to which
// the file may be uploaded within a quarter of an hour.
#include "base/random.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/users/user_import.h"
#include "operations/imports/user_import_shapes.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kIdLength = 10;

base::Result<json::object> RunCreateUserImportJob(Call& call,
                                                  const api::CreateUserImportJobInput& input) {
  domain::UserImportJob job;
  job.id = "import-" + base::RandomString(base::kAlphanumeric, kIdLength);
  job.pool_id = input.user_pool_id();
  job.name = input.job_name();
  job.role_arn = input.cloud_watch_logs_role_arn();
  if (const auto algorithm = input.password_hashing_algorithm()) {
    job.hashing_algorithm = api::Word(*algorithm);
  }
  job.created_millis = call.services.clock.WallMillis();
  job.since_millis = call.services.clock.watched().millis();
  SALLYPORT_TRY(domain::Commit(call.services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, job.pool_id));
    SALLYPORT_ASSIGN(const auto jobs, tx.List(domain::kUserImports, pool.id + "/", std::nullopt,
                                              domain::kMostImportJobs));
    if (jobs.size() == domain::kMostImportJobs) {
      return domain::error::kTooManyImportJobs();
    }
    return domain::PutUserImportJob(tx, job);
  }));
  return json::object{{"UserImportJob", UserImportJobType(call.services, job)}};
}

}  // namespace

const Operation<api::CreateUserImportJobInput> kCreateUserImportJob =
    MakeOperation<RunCreateUserImportJob>();

}  // namespace sallyport::operations
