#include "http1/answer.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>
#include <utility>

namespace sallyport::http1 {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Payload Too Large"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

// RFC 9112, section 4: the reason may be empty, and nobody reads it.
std::string_view ReasonOf(int status) {
  for (const auto& [known, reason] : kReasons) {
    if (known == status) return reason;
  }
  return {};
}

// Formatted once a second by each thread.
std::string_view DateAt(int64_t wall_seconds) {
  struct Formatted {
    int64_t at = -1;
    std::string text;
  };
  thread_local Formatted last;
  if (last.at != wall_seconds) last = {wall_seconds, FormatDate(wall_seconds)};
  return last.text;
}

}  // namespace

std::string FormatDate(int64_t wall_seconds) {
  const time_t time = wall_seconds;
  std::tm tm{};
  gmtime_r(&time, &tm);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<size_t>(tm.tm_wday)], tm.tm_mday,
                     kMonths[static_cast<size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour,
                     tm.tm_min, tm.tm_sec);
}

std::string FormatHead(const AnswerHead& answer, const base::Clock& clock) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Length: {}\r\n",
                 answer.status, ReasonOf(answer.status), DateAt(clock.WallSeconds()),
                 answer.body_bytes);
  if (!answer.content_type.empty()) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", answer.content_type);
  }
  if (!answer.keep_alive) out.append(std::string_view("Connection: close\r\n"));
  out.append(answer.fields);
  out.append(std::string_view("\r\n"));
  return fmt::to_string(out);
}

std::string FormatRefusal(const Refusal& refusal, const base::Clock& clock) {
  const std::string body = fmt::format("{}: {}\n", ReasonOf(refusal.status), refusal.why);
  return FormatHead({.status = refusal.status,
                     .body_bytes = body.size(),
                     .content_type = "text/plain; charset=utf-8",
                     .fields = {},
                     .keep_alive = false},
                    clock) +
         body;
}

}  // namespace sallyport::http1
