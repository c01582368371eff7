#include "base/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

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

// Standard error, or a file.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~LogSink() override { Use(STDERR_FILENO); }

  Status Open(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (path.empty()) {
      Use(STDERR_FILENO);
    } else {
      // Without O_NONBLOCK, opening a pipe waits until somebody reads it.
      const int file =
          ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
      if (file < 0) {
        return Error{
            code::kInvalidSetting, fmt::format("log-file {}: {}", path, std::strerror(errno)), {}};
      }
      ::fcntl(file, F_SETFL, O_APPEND);
      Use(file);
    }
    path_ = path;
    return {};
  }

  std::string path() {
    const std::lock_guard lock(mutex_);
    return path_;
  }

 protected:
  // A line that cannot be written, because the disk is full, is lost.
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    for (size_t at = 0; at < line.size();) {
      const ssize_t written = ::write(file_, line.data() + at, line.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      at += static_cast<size_t>(written);
    }
  }
  void flush_() override {}

 private:
  void Use(int file) {
    const int before = std::exchange(file_, file);
    if (before != STDERR_FILENO) ::close(before);
  }

  int file_ = STDERR_FILENO;
  std::string path_;  // empty: standard error
};

const std::shared_ptr<LogSink>& Sink() {
  static const auto sink = std::make_shared<LogSink>();
  return sink;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("sallyport", Sink());
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

Status LogToFile(const std::string& path) {
  return Sink()->Open(path);
}

Status ReopenLogFile() {
  return Sink()->Open(Sink()->path());
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
