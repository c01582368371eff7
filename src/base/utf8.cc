#include "base/utf8.h"

namespace sallyport::base {

Utf8Character DecodeUtf8(std::string_view text, size_t at) {
  const auto byte = [text, at](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  size_t size = 0;
  uint32_t least = 0;
  uint32_t point = 0;
  if ((first & 0xE0) == 0xC0) {
    size = 2, least = 0x80, point = first & 0x1F;
  } else if ((first & 0xF0) == 0xE0) {
    size = 3, least = 0x800, point = first & 0x0F;
  } else if ((first & 0xF8) == 0xF0) {
    size = 4, least = 0x10000, point = first & 0x07;
  } else {
    return {};
  }
  if (text.size() - at < size) return {};
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3F);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least || point > 0x10FFFF || surrogate) return {};
  return {point, size};
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t size = DecodeUtf8(text, at).size;
    if (size == 0) return false;
    at += size;
  }
  return true;
}

std::string_view Utf8Prefix(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  constexpr unsigned char kContinuation = 0x80, kContinuationMask = 0xC0;
  while (most > 0 &&
         (static_cast<unsigned char>(text[most]) & kContinuationMask) == kContinuation) {
    --most;
  }
  return text.substr(0, most);
}

}  // namespace sallyport::base
