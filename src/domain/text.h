// Text as user pools compare and measure it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::domain {

// ASCII letters in lower case; every other byte as it is.
inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Characters of UTF-8 text, not bytes: a continuation byte begins none.
inline int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

}  // namespace sallyport::domain
