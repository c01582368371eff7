#include "domain/json.h"
#include "domain/user_import.h"
#include "operations/operation.h"
#include "operations/shared/user_import_shapes.h"
#include "operations/shared/user_shapes.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserImportJob(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(const domain::UserImportJob job,
                   domain::GetUserImportJob(call.services.store, pool->id,
                                            domain::StringMember(input, "JobId")));
  return json::object{{"UserImportJob", UserImportJobType(call.services, job)}};
}

}  // namespace

const Operation kDescribeUserImportJob{RunDescribeUserImportJob};

}  // namespace sallyport::operations
