// Response: an answer on its way out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::http {

struct Response {
  int status = 200;
  std::string_view content_type;  // static; empty: none
  std::string headers;            // complete lines, each with its CRLF
  std::string body;
  bool close = false;  // the connection ends after it

  // `value` is the server's own text: no CR or LF.
  void AddHeader(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
};

inline constexpr std::string_view kAwsJson = "application/x-amz-json-1.1";
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

// {"__type", "message"}, as the API's own errors are.
Response JsonError(int status, std::string_view code, std::string_view message);
Response JsonError(int status, const base::Error& error);

}  // namespace sallyport::http
