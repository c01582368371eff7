// ListUserImportJobs: lists the user import jobs of a pool, the newest first.
#include <boost/json/array.hpp>

#include "domain/records/page.h"
#include "domain/users/user_import.h"
#include "operations/imports/user_import_shapes.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserImportJobs(Call& call,
                                                 const api::ListUserImportJobsInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(
      const domain::Page page,
      domain::ListPage(call.services.store, domain::kUserImports, pool->id + "/",
                       input.pagination_token(), static_cast<size_t>(input.max_results())));
  json::array jobs;
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(const domain::UserImportJob job,
                     domain::ParseUserImportJob(item.key, item.value));
    jobs.push_back(UserImportJobType(call.services, job));
  }
  json::object answer{{"UserImportJobs", std::move(jobs)}};
  if (!page.next.empty()) answer["PaginationToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListUserImportJobsInput> kListUserImportJobs =
    MakeOperation<RunListUserImportJobs>();

}  // namespace sallyport::operations
