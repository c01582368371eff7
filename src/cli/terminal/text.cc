#include "cli/terminal/text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include "base/utf8.h"

namespace sallyport::cli {
namespace {

constexpr std::string_view kEllipsis = "…";

// From glibc's tables for its UTF-8 locale, whatever the locale of the process is.
size_t Width(uint32_t code_point) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (!utf8) return 1;
  const locale_t before = ::uselocale(utf8);
  const int width = ::wcwidth(static_cast<wchar_t>(code_point));
  ::uselocale(before);
  return width < 0 ? 1 : static_cast<size_t>(width);
}

}  // namespace

bool IsUnsafe(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto [point, size] = base::DecodeUtf8(text, at);
    if (size == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[at++]));
      continue;
    }
    if (!IsUnsafe(point)) {
      out += text.substr(at, size);
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == '\r') {
      out += "\\r";
    } else if (point == '\t') {
      out += "\\t";
    } else if (point < 0x80) {
      out += fmt::format("\\x{:02x}", point);
    } else {
      out += fmt::format("\\u{{{:x}}}", point);
    }
    at += size;
  }
  return out;
}

size_t Columns(std::string_view escaped) {
  size_t columns = 0;
  for (size_t at = 0; at < escaped.size();) {
    const auto [point, size] = base::DecodeUtf8(escaped, at);
    columns += size == 0 ? 1 : Width(point);
    at += size == 0 ? 1 : size;
  }
  return columns;
}

std::string Fitted(std::string_view escaped, size_t columns) {
  if (columns == 0 || Columns(escaped) <= columns) return std::string(escaped);
  size_t used = 1;  // including the ellipsis
  size_t at = 0;
  while (at < escaped.size()) {
    const auto [point, size] = base::DecodeUtf8(escaped, at);
    const size_t width = size == 0 ? 1 : Width(point);
    if (used + width > columns) break;
    used += width;
    at += size == 0 ? 1 : size;
  }
  return std::string(escaped.substr(0, at)) + std::string(kEllipsis);
}

std::string Wrapped(std::string_view text, size_t columns, size_t indent) {
  std::string out;
  size_t used = indent;
  while (!text.empty()) {
    const size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    const size_t width = Columns(word);
    if (!out.empty() && used + 1 + width > columns) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++used;
    }
    out += word;
    used += width;
  }
  return out;
}

}  // namespace sallyport::cli
