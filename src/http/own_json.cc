#include "http/own_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "domain/errors.h"
#include "store/store.h"

namespace sallyport::http {

namespace json = boost::json;

base::Result<json::object> JsonBody(const Request& request) {
  if (Header(request, "Content-Type") != kJson) {
    return domain::InvalidParameter("The body is application/json.");
  }
  json::error_code error;
  json::value body = json::parse(request.body(), error);
  if (error || !body.is_object()) return domain::InvalidParameter("The body is no JSON object.");
  return std::move(body.get_object());
}

Response JsonAnswer(const json::object& body) {
  Response response;
  response.content_type = kJson;
  response.body = json::serialize(body);
  return response;
}

Response JsonRefusal(const base::Error& error) {
  const bool theirs = error.code == "InvalidParameterException" ||
                      error.code == "ResourceConflictException" ||
                      error.code == "ResourceNotFoundException";
  if (theirs) return JsonError(400, error.code, error.message);
  if (store::IsDiskFull(error)) return JsonError(503, error.code, error.message);
  return JsonError(500, "InternalErrorException", "Internal server error");
}

}  // namespace sallyport::http
