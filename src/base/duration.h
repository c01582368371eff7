// Times as people write them in settings.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace sallyport::base {

// The milliseconds of a whole number followed by "ms" or "s": "500ms", "2s". Nullopt: the text is
// not such a time, or its number needs more than 32 bits.
inline std::optional<int64_t> ParseMillis(std::string_view text) {
  int64_t unit = 0;
  if (text.ends_with("ms")) {
    unit = 1;
    text.remove_suffix(2);
  } else if (text.ends_with("s")) {
    unit = 1000;
    text.remove_suffix(1);
  }
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (unit == 0 || error != std::errc() || stop != end) return std::nullopt;
  return number * unit;
}

}  // namespace sallyport::base
