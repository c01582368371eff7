#include "domain/records/json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <utility>

namespace sallyport::domain {

namespace json = boost::json;

std::string_view StringMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

int64_t IntMember(const json::object& object, std::string_view name, int64_t fallback) {
  const json::value* value = object.if_contains(name);
  if (!value) return fallback;
  boost::system::error_code ignored;
  int64_t number = value->to_number<int64_t>(ignored);
  return ignored ? fallback : number;
}

bool BoolMember(const json::object& object, std::string_view name, bool fallback) {
  const json::value* value = object.if_contains(name);
  const bool* flag = value ? value->if_bool() : nullptr;
  return flag ? *flag : fallback;
}

std::vector<std::string> StringsMember(const json::object& object, std::string_view name) {
  std::vector<std::string> strings;
  const json::array* array = ArrayMember(object, name);
  if (!array) return strings;
  strings.reserve(array->size());
  for (const json::value& item : *array) {
    if (const json::string* text = item.if_string())
      strings.emplace_back(text->data(), text->size());
  }
  return strings;
}

const json::object* ObjectMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

const json::array* ArrayMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_array() : nullptr;
}

base::Result<json::object> ParseRecord(std::string_view key, std::string_view value) {
  boost::system::error_code error;
  json::value parsed = json::parse({value.data(), value.size()}, error);
  if (error || !parsed.is_object()) {
    return base::InternalError("record " + std::string(key) + " is not a JSON object");
  }
  return std::move(parsed.as_object());
}

}  // namespace sallyport::domain
