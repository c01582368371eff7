// Response: an answer that is about to be sent.
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

  // `value` must be the server's own text, without CR or LF.
  void AddHeader(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
};

inline constexpr std::string_view kAwsJson = "application/x-amz-json-1.1";
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

// {"__type", "message"}, the form of the API's own errors.
Response JsonError(int status, std::string_view code, std::string_view message);
Response JsonError(int status, const base::Error& error);

}  // namespace sallyport::http
