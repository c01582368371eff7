// Reading members of JSON objects by a name: an absent or differently typed member gives the
// fallback. Records are read by tables instead (record.h).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::domain {

// A view into `object`; empty where there is none.
std::string_view StringMember(const boost::json::object& object, std::string_view name);
int64_t IntMember(const boost::json::object& object, std::string_view name, int64_t fallback = 0);
bool BoolMember(const boost::json::object& object, std::string_view name, bool fallback = false);
std::vector<std::string> StringsMember(const boost::json::object& object, std::string_view name);
// nullptr where there is none.
const boost::json::object* ObjectMember(const boost::json::object& object, std::string_view name);
const boost::json::array* ArrayMember(const boost::json::object& object, std::string_view name);

// The JSON object that a record holds; anything else is an InternalErrorException that names `key`.
base::Result<boost::json::object> ParseRecord(std::string_view key, std::string_view value);

// Milliseconds since the epoch as AWS JSON writes a timestamp: seconds, with a fraction.
inline double Timestamp(int64_t millis) {
  return static_cast<double>(millis) / 1000.0;
}

}  // namespace sallyport::domain
