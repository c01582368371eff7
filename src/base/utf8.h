// UTF-8 (RFC 3629): only the shortest forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport::base {

struct Utf8Character {
  uint32_t code_point = 0;
  size_t size = 0;  // in bytes; 0: no character begins there
};

// The character that begins at text[at]. Precondition: at < text.size().
Utf8Character DecodeUtf8(std::string_view text, size_t at);

bool IsUtf8(std::string_view text);

// The longest prefix of the UTF-8 text `text` that has at most `most` bytes and ends with a whole
// character.
std::string_view Utf8Prefix(std::string_view text, size_t most);

}  // namespace sallyport::base
