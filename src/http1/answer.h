// The head of an answer, which is the same on every listener.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http1/head.h"

namespace sallyport::http1 {

// For example "Thu, 26 Nov 2026 20:15:30 GMT" (RFC 9110, section 5.6.7).
std::string FormatDate(int64_t wall_seconds);

struct AnswerHead {
  int status = 200;
  size_t body_bytes = 0;
  std::string_view content_type;  // empty: none
  std::string_view fields;        // further header lines, each ended by CR LF
  bool keep_alive = false;        // false: "Connection: close"
};

// Everything from the status line to the empty line. It includes the Date that RFC 9110, section
// 6.6.1, requires of a server with a clock. Clients that sign their requests set their clocks by
// it, so it comes from the clock that judges signatures.
std::string FormatHead(const AnswerHead& answer, const base::Clock& clock);

// The answer to a refused request: the head and a body that says why. It announces that the
// connection is closed.
std::string FormatRefusal(const Refusal& refusal, const base::Clock& clock);

// RFC 9110 section 10.1.1.
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace sallyport::http1
