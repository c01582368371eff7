// Trims, compares and measures texts of protocols and names, in one way for all layers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::base {

// Converts an ASCII letter to lower case and leaves every other byte as it is.
constexpr char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerCase(c);
  return lower;
}

// Whether the texts are equal when the case of ASCII letters is ignored.
constexpr bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

// Removes spaces and tabs at both ends: the "optional whitespace" of HTTP (RFC 9110, section
// 5.6.3).
constexpr std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The number of characters of UTF-8 text, not of bytes.
inline int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

}  // namespace sallyport::base
