// Structured logs: one JSON object a line, on standard error or in a file. Never a token, a
// password or a code.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace sallyport::base {

struct Field {
  template <std::integral T>
  requires(!std::same_as<T, bool>) Field(std::string_view field_name, T field_value)
      : name(field_name), value(static_cast<int64_t>(field_value)) {}
  Field(std::string_view field_name, bool field_value) : name(field_name), value(field_value) {}
  Field(std::string_view field_name, double field_value) : name(field_name), value(field_value) {}
  Field(std::string_view field_name, std::string_view field_value)
      : name(field_name), value(field_value) {}
  Field(std::string_view field_name, const char* field_value)
      : name(field_name), value(std::string_view(field_value)) {}

  std::string_view name;
  std::variant<bool, int64_t, double, std::string_view> value;
};

// `event` is a fixed phrase, what varies goes into fields. Thread-safe.
void LogDebug(std::string_view event, std::initializer_list<Field> fields = {});
void LogInfo(std::string_view event, std::initializer_list<Field> fields = {});
void LogWarning(std::string_view event, std::initializer_list<Field> fields = {});
void LogError(std::string_view event, std::initializer_list<Field> fields = {});

// "debug", "info", "warning", "error". False: no such level. Default: info.
bool SetLogLevel(std::string_view level);

// From now on lines go to the end of this file, which is made where there is none. Empty: to
// standard error, as at the beginning. An error, which is one line for the operator, changes
// nothing.
Status LogToFile(const std::string& path);
// Opens the file again by its name, after what rotates logs has moved it away. The same with an
// error. Does nothing where lines go to standard error.
Status ReopenLogFile();

}  // namespace sallyport::base
