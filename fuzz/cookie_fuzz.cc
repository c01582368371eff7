// A Cookie header, and what is taken of it for a session's.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/cookies.h"
#include "domain/tokens/browser_session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // The first line is the name.
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string_view name = input.substr(0, line);
  const std::string_view header = input.substr(std::min(line + 1, input.size()));
  const auto value = sallyport::codec::FindCookie(header, name);
  if (!value) return 0;
  if (header.find(*value) == std::string_view::npos) std::abort();
  for (const char c : *value) {
    if (c <= ' ' || c > '~' || c == ';' || c == ',' || c == '"' || c == '\\') std::abort();
  }
  const auto cookie = sallyport::domain::ParseBrowserCookie(*value);
  // There is one text for each.
  if (cookie && cookie->id + "." + cookie->secret != *value) std::abort();
  return 0;
}
