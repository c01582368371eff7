#include "operations/dispatch/read_input.h"

#include <boost/json/parse.hpp>
#include <utility>

#include "domain/errors.h"
#include "operations/dispatch/validate.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> ParseBody(std::string_view body) {
  boost::system::error_code error;
  json::value value = json::parse({body.data(), body.size()}, error);
  // AWS also gives no message for a body that is not JSON.
  if (error) return domain::error::kUnreadableJson.Because(error.message());
  if (value.is_array()) {
    return domain::error::kUnexpectedList();
  }
  if (!value.is_object()) return domain::error::kExpectedNull();
  return std::move(value.get_object());
}

}  // namespace

base::Result<json::object> ReadInput(const model::OperationModel& model, std::string_view body,
                                     UnknownMembers unknown_members) {
  SALLYPORT_ASSIGN(json::object input, ParseBody(body));
  if (unknown_members == UnknownMembers::kRefused) {
    SALLYPORT_TRY(CheckMembers(input, model.input));
  }
  SALLYPORT_TRY(Validate(input, model.input));
  return input;
}

}  // namespace sallyport::operations
