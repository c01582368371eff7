// Reads and prints the API's answers.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::cli {

// The member at `path` ("UserPool.Id"); nullptr where there is none.
const boost::json::value* At(const boost::json::object& object, std::string_view path);
// The string at `path`; empty where it is absent or not a string.
std::string TextAt(const boost::json::object& object, std::string_view path);
int64_t NumberAt(const boost::json::object& object, std::string_view path);

// The value of the attribute `name` in a list of {"Name": ..., "Value": ...}; empty where the list
// does not have it.
std::string AttributeIn(const boost::json::value* list, std::string_view name);

// Indented, with a newline at the end. Characters that could control a terminal are escaped.
std::string PrettyJson(const boost::json::value& value);

}  // namespace sallyport::cli
