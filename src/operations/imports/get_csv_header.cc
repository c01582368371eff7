// GetCSVHeader: gives the columns that the CSV file of a user import job for this pool may have.
#include <boost/json/array.hpp>

#include "domain/users/user_import_row.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunGetCSVHeader(Call& call, const api::GetCSVHeaderInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  json::array header;
  for (const std::string& column : domain::ImportHeader(*pool)) header.emplace_back(column);
  return json::object{{"UserPoolId", pool->id}, {"CSVHeader", std::move(header)}};
}

}  // namespace

const Operation<api::GetCSVHeaderInput> kGetCSVHeader = MakeOperation<RunGetCSVHeader>();

}  // namespace sallyport::operations
