// Hex, base64 (RFC 4648, section 4) and base64url without padding (section 5). Decoders are strict:
// each value has exactly one text, and for any other text they give nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::base {

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string HexEncode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> HexDecode(std::string_view text);

std::string Base64Encode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> Base64Decode(std::string_view text);

std::string Base64UrlEncode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> Base64UrlDecode(std::string_view text);

// How many bytes are encoded by `length` characters of canonical base64url; nullopt where no value
// has that length.
std::optional<size_t> Base64UrlDecodedSize(size_t length);

// As Base64UrlDecode, into `out`, whose size must be Base64UrlDecodedSize(text.size()). False: the
// text is not canonical.
bool Base64UrlDecodeInto(std::string_view text, std::span<uint8_t> out);

// Escapes `text` for HTML, including for use within a quoted attribute.
std::string HtmlEscape(std::string_view text);

}  // namespace sallyport::base
