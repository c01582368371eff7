// Reads members of JSON objects by name: a member that is absent or of another type gives the
// fallback. Only for objects that have no table (record.h).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::domain {

// A view into `object`; empty where there is no such string.
std::string_view StringMember(const boost::json::object& object, std::string_view name);
int64_t IntMember(const boost::json::object& object, std::string_view name, int64_t fallback = 0);
bool BoolMember(const boost::json::object& object, std::string_view name, bool fallback = false);
std::vector<std::string> StringsMember(const boost::json::object& object, std::string_view name);
// nullptr where there is no such object.
const boost::json::object* ObjectMember(const boost::json::object& object, std::string_view name);
const boost::json::array* ArrayMember(const boost::json::object& object, std::string_view name);

// Parses the JSON object in a record. Anything else is an InternalErrorException that names `key`.
base::Result<boost::json::object> ParseRecord(std::string_view key, std::string_view value);

// Milliseconds since the epoch in the form of AWS JSON's timestamps: seconds, with a fraction.
inline double Timestamp(int64_t millis) {
  return static_cast<double>(millis) / 1000.0;
}

}  // namespace sallyport::domain
