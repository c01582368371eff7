#include "cli/terminal/json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cmath>

#include "base/utf8.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const auto [point, size] = base::DecodeUtf8(text, at);
    if (point == '"' || point == '\\') {
      out += '\\';
      out += text[at];
    } else if (point == '\n') {
      out += "\\n";
    } else if (IsUnsafe(point) && point < 0x10000) {
      out += fmt::format("\\u{:04x}", point);
    } else if (IsUnsafe(point)) {
      const uint32_t rest = point - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    } else {
      out += text.substr(at, size);
    }
    at += size == 0 ? 1 : size;
  }
  out += '"';
}

void Append(std::string& out, const json::value& value, size_t depth) {
  const auto new_line = [&out](size_t level) { out += '\n' + std::string(2 * level, ' '); };
  if (const auto* object = value.if_object(); object && !object->empty()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += ',';
      first = false;
      new_line(depth + 1);
      AppendString(out, member.key());
      out += ": ";
      Append(out, member.value(), depth + 1);
    }
    new_line(depth);
    out += '}';
  } else if (const auto* array = value.if_array(); array && !array->empty()) {
    out += '[';
    bool first = true;
    for (const json::value& item : *array) {
      if (!first) out += ',';
      first = false;
      new_line(depth + 1);
      Append(out, item, depth + 1);
    }
    new_line(depth);
    out += ']';
  } else if (const auto* text = value.if_string()) {
    AppendString(out, {text->data(), text->size()});
  } else if (const auto* real = value.if_double()) {
    // Written as 1732222222.123, where Boost.JSON would write 1.732222222123E9.
    out += std::abs(*real) < 1e15 ? fmt::format("{:.15g}", *real) : fmt::format("{}", *real);
  } else if (const auto* number = value.if_int64()) {
    out += fmt::format("{}", *number);
  } else if (const auto* natural = value.if_uint64()) {
    out += fmt::format("{}", *natural);
  } else if (const auto* flag = value.if_bool()) {
    out += *flag ? "true" : "false";
  } else {
    out += value.is_object() ? "{}" : value.is_array() ? "[]" : "null";
  }
}

}  // namespace

const json::value* At(const json::object& object, std::string_view path) {
  const json::object* inner = &object;
  while (true) {
    const size_t dot = path.find('.');
    const auto found = inner->find(path.substr(0, dot));
    if (found == inner->end()) return nullptr;
    if (dot == std::string_view::npos) return &found->value();
    inner = found->value().if_object();
    if (!inner) return nullptr;
    path.remove_prefix(dot + 1);
  }
}

std::string TextAt(const json::object& object, std::string_view path) {
  const json::value* value = At(object, path);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

int64_t NumberAt(const json::object& object, std::string_view path) {
  const json::value* value = At(object, path);
  if (!value) return 0;
  json::error_code error;
  const auto number = value->to_number<int64_t>(error);
  return error ? 0 : number;
}

std::string AttributeIn(const json::value* list, std::string_view name) {
  const auto* array = list ? list->if_array() : nullptr;
  if (!array) return {};
  for (const json::value& item : *array) {
    const auto* attribute = item.if_object();
    if (attribute && TextAt(*attribute, "Name") == name) return TextAt(*attribute, "Value");
  }
  return {};
}

std::string PrettyJson(const json::value& value) {
  std::string out;
  Append(out, value, 0);
  return out + '\n';
}

}  // namespace sallyport::cli
