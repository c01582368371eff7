#include "codec/cookies.h"

#include <algorithm>

#include "base/text.h"

namespace sallyport::codec {
namespace {

// cookie-octet.
bool IsValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

}  // namespace

std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = base::Trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || base::Trim(pair.substr(0, equals)) != name) continue;
    if (found) return std::nullopt;
    found = base::Trim(pair.substr(equals + 1));
  }
  if (found && !IsValue(*found)) return std::nullopt;
  return found;
}

}  // namespace sallyport::codec
