#include "http/own_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "store/store.h"

namespace sallyport::http {

namespace json = boost::json;

base::Result<json::object> JsonBody(const Request& request) {
  if (Header(request, "Content-Type") != kJson) {
    return domain::error::kBodyNotJson();
  }
  json::error_code error;
  json::value body = json::parse(request.body(), error);
  if (error || !body.is_object()) return domain::error::kBodyNotObject();
  return std::move(body.get_object());
}

Response JsonAnswer(const json::object& body) {
  Response response;
  response.content_type = kJson;
  response.body = json::serialize(body);
  return response;
}

Response JsonRefusal(const base::Error& error) {
  const bool theirs =
      error.code == base::code::kInvalidParameter || error.code == base::code::kResourceConflict ||
      error.code == base::code::kResourceNotFound || error.code == base::code::kUserNotFound;
  if (theirs) return JsonError(400, error);
  if (store::IsDiskFull(error)) return JsonError(503, error);
  return JsonError(500, base::InternalError({}));
}

std::string IsoTime(int64_t millis) {
  const std::time_t seconds = millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace sallyport::http
