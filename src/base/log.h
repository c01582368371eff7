// Structured logs: one JSON object a line, on standard error or in a file. Never log a token, a
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

// `event` is a fixed phrase; everything that varies goes into fields. Thread-safe.
void LogDebug(std::string_view event, std::initializer_list<Field> fields = {});
void LogInfo(std::string_view event, std::initializer_list<Field> fields = {});
void LogWarning(std::string_view event, std::initializer_list<Field> fields = {});
void LogError(std::string_view event, std::initializer_list<Field> fields = {});

// "debug", "info", "warning" or "error"; the default is info. False: there is no such level.
bool SetLogLevel(std::string_view level);

// From this call on lines are appended to that file, which is created if it does not exist. Empty:
// lines go to standard error, as at the beginning. After an error, which is one line for the
// operator, nothing is changed.
Status LogToFile(const std::string& path);
// Opens the file again by its name, after a log rotation has renamed it. After an error nothing is
// changed. Does nothing where lines go to standard error.
Status ReopenLogFile();

}  // namespace sallyport::base
