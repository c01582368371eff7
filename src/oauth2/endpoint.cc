#include "oauth2/endpoint.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error_codes.h"
#include "store/store.h"

namespace sallyport::oauth2 {

namespace json = boost::json;

EndpointResponse ErrorResponse(int status, base::Error error, store::Wait wait) {
  constexpr int kServerError = 500;
  constexpr int kTooManyRequests = 429;
  constexpr int kUnavailable = 503;
  if (error.code == base::code::kInternalError) {
    status = kServerError;
    error.code = base::code::oauth::kServerError;
    error.message.clear();
  }
  // The status of RFC 6585, section 4, with the word of RFC 6749, section 4.1.2.1.
  if (error.code == base::code::kTooManyRequests) {
    status = kTooManyRequests;
    error.code = base::code::oauth::kTemporarilyUnavailable;
  }
  // The same word, with a status after which a client tries again.
  if (store::IsDiskFull(error)) {
    status = kUnavailable;
    error.code = base::code::oauth::kTemporarilyUnavailable;
  }
  json::object body{{"error", error.code}};
  if (!error.message.empty()) body["error_description"] = error.message;
  EndpointResponse response(wait);
  response.status = status;
  response.body = json::serialize(body);
  response.error_code = std::move(error.code);
  response.cause = std::move(error.cause);
  return response;
}

}  // namespace sallyport::oauth2
