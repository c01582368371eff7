#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <memory>

namespace sallyport::base {
namespace {

void AppendJsonString(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

struct AppendValue {
  fmt::memory_buffer& out;
  void operator()(std::string_view text) const { AppendJsonString(out, text); }
  void operator()(bool value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(double value) const { fmt::format_to(std::back_inserter(out), "{:.6g}", value); }
};

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("sallyport",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})",
                      spdlog::pattern_time_type::utc);
    return made;
  }();
  return *logger;
}

void Write(spdlog::level::level_enum level, std::string_view event,
           std::initializer_list<Field> fields) {
  if (!Logger().should_log(level)) return;
  fmt::memory_buffer line;
  line.append(std::string_view(R"("event":)"));
  AppendJsonString(line, event);
  for (const Field& field : fields) {
    line.push_back(',');
    AppendJsonString(line, field.name);
    line.push_back(':');
    std::visit(AppendValue{line}, field.value);
  }
  Logger().log(level, std::string_view(line.data(), line.size()));
}

}  // namespace

void LogDebug(std::string_view event, std::initializer_list<Field> fields) {
  Write(spdlog::level::debug, event, fields);
}
void LogInfo(std::string_view event, std::initializer_list<Field> fields) {
  Write(spdlog::level::info, event, fields);
}
void LogWarning(std::string_view event, std::initializer_list<Field> fields) {
  Write(spdlog::level::warn, event, fields);
}
void LogError(std::string_view event, std::initializer_list<Field> fields) {
  Write(spdlog::level::err, event, fields);
}

bool SetLogLevel(std::string_view level) {
  if (level == "debug")
    Logger().set_level(spdlog::level::debug);
  else if (level == "info")
    Logger().set_level(spdlog::level::info);
  else if (level == "warning")
    Logger().set_level(spdlog::level::warn);
  else if (level == "error")
    Logger().set_level(spdlog::level::err);
  else
    return false;
  return true;
}

}  // namespace sallyport::base
