#include "http/response.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sallyport::http {

Response JsonError(int status, std::string_view code, std::string_view message) {
  return {
      .status = status,
      .content_type = kJson,
      .headers = {},
      .body = boost::json::serialize(boost::json::object{{"__type", code}, {"message", message}})};
}

Response JsonError(int status, const base::Error& error) {
  return JsonError(status, error.code, error.message);
}

}  // namespace sallyport::http
