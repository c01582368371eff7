// What Sallyport's own endpoints that take and give JSON have in common.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <exception>
#include <string>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// The request's body. InvalidParameterException: its type is not application/json, which keeps a
// page of another site from sending it unasked, or it is no JSON object.
base::Result<boost::json::object> JsonBody(const Request& request);

// 200 with `body`.
Response JsonAnswer(const boost::json::object& body);

// 400 for what the caller can mend, 503 for a full disk, 500 without a detail for the rest.
Response JsonRefusal(const base::Error& error);

// "2026-11-25T17:30:00Z", of Unix milliseconds.
std::string IsoTime(int64_t millis);

// What `function` answers; an exception is an InternalErrorException.
template <typename T, typename Function>
base::Result<T> Guarded(const Function& function) {
  try {
    return function();
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

}  // namespace sallyport::http
